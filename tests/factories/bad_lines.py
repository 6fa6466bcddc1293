"""Lines that nobody should deliver, each with what must be said of it; the rest is loaded."""

import gzip

from factories.file_cases import ROW, Case, Said, lines, packed, with_value


def rejected(name: str, *rows: bytes, said: tuple[Said, ...], end: bytes = b"\n") -> Case:
    """Return a case whose wrong lines stand between two good ones."""
    return Case(f"line: {name}", lines(ROW, *rows, ROW, end=end), 2, rejected=said)


def bad_line(
    name: str, line: bytes, code: str, column: str | None = None, end: bytes = b"\n"
) -> Case:
    return rejected(name, line, said=((3, column, code),), end=end)


def no_line_end(name: str, line: bytes) -> Case:
    """Return a case whose last line, without a line end, may be cut short in its last value."""
    content = lines(ROW, ROW) + line
    return Case(f"line: {name}, no line end", content, 2, ((4, "line_total", "cut_value"),))


LINES = [
    bad_line("one value too many", ROW + b",x", "field_count"),
    bad_line("unquoted comma", with_value(2, b"a,b"), "field_count"),
    bad_line("one value too few", b"a,b,c,d,e,f", "field_count"),
    bad_line("one value", b"short", "field_count"),
    bad_line("what an erasure left", b"erased", "erased"),
    bad_line("decimal commas", with_value(4, b"10,00"), "field_count"),
    bad_line("commas only", b"," * 20, "field_count"),
    bad_line("semicolons", ROW.replace(b",", b";"), "field_count"),
    bad_line("a footer", b"Total: 2 rows", "field_count"),
    bad_line("a comment", b"# exported by hand", "field_count"),
    bad_line("quoted whole", b'"' + ROW + b'"', "field_count"),
    bad_line(
        "too many values, some of several lines", with_value(2, b'"a\nb"') + b",x", "field_count"
    ),
    bad_line("empty line", b"", "empty_line"),
    bad_line("empty line, CRLF", b"", "empty_line", end=b"\r\n"),
    rejected(
        "three empty lines",
        *[b""] * 3,
        said=((3, None, "empty_line"), (4, None, "empty_line"), (5, None, "empty_line")),
    ),
    Case("line: two empty at the end", lines(ROW) + b"\n\n", 1, ((3, None, "empty_line"),)),
    bad_line("trailing comma", ROW + b",", "field_count"),
    bad_line("single quotes", with_value(2, b"'a, b'"), "field_count"),
    no_line_end("a digit short", ROW[:-1]),
    no_line_end("without decimals", ROW[:-3]),
    no_line_end("empty", ROW[:-5]),
    no_line_end("longer than any other", with_value(6, b"200")),
    no_line_end("half a character", with_value(6, b"20.00\xe2\x82")),
    Case(
        "line: a digit short, no line end, CRLF",
        lines(ROW, end=b"\r\n") + ROW[:-1],
        1,
        ((3, "line_total", "cut_value"),),
    ),
    Case("line: the only one, no line end", lines(ROW)[:-1], 0, ((2, "line_total", "cut_value"),)),
    Case(
        "line: an id that may go on, no line end",
        lines(b"1,2,3,4,5,6,S10", b"1,2,3,4,5,6,S9", b"1,2,3,4,5,6,S1")[:-1],
        2,
        ((4, "line_total", "cut_value"),),
    ),
    bad_line("spaces only", b"   ", "field_count"),
    bad_line("end marker", rb"\.", "end_marker"),
    bad_line("end marker, CRLF", rb"\.", "end_marker", end=b"\r\n"),
    rejected(
        "end marker twice", rb"\.", rb"\.", said=((3, None, "end_marker"), (4, None, "end_marker"))
    ),
    Case("line: end marker at the end", lines(ROW) + rb"\." + b"\n", 1, ((3, None, "end_marker"),)),
    bad_line("quotes inside", with_value(2, b'the "x"'), "quote_in_value", "product_id"),
    bad_line("quotes inside, first value", with_value(0, b'a "b" c'), "quote_in_value", "item_id"),
    bad_line("quotes after a space", with_value(2, b' "x"'), "quote_in_value", "product_id"),
    bad_line(
        "quotes escaped by backslash", with_value(2, b'a \\"b\\" c'), "quote_in_value", "product_id"
    ),
    bad_line("text after quotes", with_value(2, b'"x" 5'), "text_after_quote", "product_id"),
    bad_line(
        "text after quotes, last value",
        with_value(6, b'"20.00"x'),
        "text_after_quote",
        "line_total",
    ),
    bad_line("space after quotes", with_value(2, b'"x" '), "text_after_quote", "product_id"),
    bad_line("quotes side by side", with_value(2, b'"x" "y"'), "text_after_quote", "product_id"),
    bad_line("NUL byte", with_value(3, b"1\x002"), "nul_byte", "quantity"),
    bad_line("NUL byte in quotes", with_value(3, b'"1\x002"'), "nul_byte", "quantity"),
    bad_line("NUL bytes only", b"\0" * 7, "nul_byte", "item_id"),
    bad_line("carriage return", with_value(3, b"1\r2"), "carriage_return", "quantity"),
    bad_line(
        "carriage return, first value", with_value(0, b"\rITEM"), "carriage_return", "item_id"
    ),
    bad_line("two carriage returns at the end", ROW + b"\r\r", "carriage_return", "line_total"),
    bad_line("CRLF in an LF file", ROW + b"\r", "line_end", "line_total"),
    Case(
        "line: LF in a CRLF file",
        lines(ROW, end=b"\r\n") + ROW + b"\n",
        1,
        ((3, "line_total", "line_end"),),
    ),
    bad_line("after a record of two lines", with_value(1, b'"a\nb"') + b",", "field_count"),
    rejected(
        "several faults on several lines",
        ROW + b",x",
        b"",
        with_value(2, b'a "b"'),
        rb"\.",
        with_value(3, b"\0"),
        said=(
            (3, None, "field_count"),
            (4, None, "empty_line"),
            (5, "product_id", "quote_in_value"),
            (6, None, "end_marker"),
            (7, "quantity", "nul_byte"),
        ),
    ),
    bad_line("wrong encoding in a wrong line", b"caf\xe9", "field_count"),
    bad_line("HTML in the middle", b"<html><body>502</body></html>", "field_count"),
    packed(
        Case(
            "line: rejected in a packed file",
            gzip.compress(lines(ROW, b"short", ROW)),
            2,
            ((3, None, "field_count"),),
        )
    ),
    Case(
        "line: nineteen of twenty",
        lines(ROW, *[b"short"] * 19),
        1,
        tuple((line, None, "field_count") for line in range(3, 22)),
    ),
]
