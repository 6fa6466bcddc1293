"""Files that nobody should deliver, each with what must become of it.

A case is a file of transaction items: its bytes, how many rows are loaded, and what is said about
the rest, as (line, column, code). `refused` means nothing of the file is loaded.
"""

import gzip
from dataclasses import dataclass

from loader.contract import TABLES

TABLE = "transaction_items"
COLUMNS = TABLES[TABLE]
HEADER = ",".join(COLUMNS).encode()
ROW = b"ITEM00001,TXN00001,PROD0001,2,10.00,0,20.00"
BOM = b"\xef\xbb\xbf"

Said = tuple[int | None, str | None, str]


@dataclass(frozen=True)
class Case:
    name: str
    content: bytes
    rows: int = 0
    rejected: tuple[Said, ...] = ()
    refused: tuple[Said, ...] = ()
    warnings: int = 0
    file_name: str = f"{TABLE}.csv"


def lines(*rows: bytes, end: bytes = b"\n", header: bytes = HEADER) -> bytes:
    return b"".join(row + end for row in (header, *rows))


def with_value(index: int, value: bytes) -> bytes:
    values = ROW.split(b",")
    values[index] = value
    return b",".join(values)


def taken(name: str, content: bytes, rows: int, warnings: int = 0) -> Case:
    return Case(name, content, rows, warnings=warnings)


def rejected(name: str, *rows: bytes, said: tuple[Said, ...], end: bytes = b"\n") -> Case:
    """Return a case whose wrong lines stand between two good ones."""
    return Case(f"line: {name}", lines(ROW, *rows, ROW, end=end), 2, rejected=said)


def refused(name: str, content: bytes, *said: Said) -> Case:
    return Case(f"file: {name}", content, refused=said)


def header(name: str, header: bytes, *said: Said) -> Case:
    return Case(f"header: {name}", lines(ROW, header=header), refused=said)


VALID = [
    taken("header only", lines(), 0),
    taken("header only, no line end", HEADER, 0),
    taken("header only, CRLF", lines(end=b"\r\n"), 0),
    taken("one row", lines(ROW), 1),
    taken("no final line end", lines(ROW, ROW)[:-1], 2),
    taken("CRLF", lines(ROW, ROW, end=b"\r\n"), 2),
    taken("CRLF, no final line end", lines(ROW, end=b"\r\n")[:-2], 1),
    taken("byte order mark", BOM + lines(ROW), 1),
    taken("byte order mark, CRLF", BOM + lines(ROW, end=b"\r\n"), 1),
    taken("quoted header", lines(ROW, header=b'"' + HEADER.replace(b",", b'","') + b'"'), 1),
    taken("header in capitals", lines(ROW, header=HEADER.upper()), 1, warnings=7),
    taken("header with spaces", lines(ROW, header=HEADER.replace(b",", b" , ")), 1, warnings=7),
    taken("columns in another order", lines(ROW, header=b",".join(HEADER.split(b",")[::-1])), 1),
    taken("comma in quotes", lines(with_value(2, b'"a,b"')), 1),
    taken("doubled quotes", lines(with_value(2, b'"a ""b"""')), 1),
    taken("only doubled quotes", lines(with_value(2, b'""""')), 1),
    taken("all values quoted", lines(b'"' + ROW.replace(b",", b'","') + b'"'), 1),
    taken("empty values", lines(b",,,,,,"), 1),
    taken("empty quoted values", lines(b'"","","","","","",""'), 1),
    taken("line feed in quotes", lines(with_value(2, b'"a\nb"'), ROW), 2),
    taken("CRLF in quotes of an LF file", lines(with_value(2, b'"a\r\nb"'), ROW), 2),
    taken("carriage return in quotes", lines(with_value(2, b'"a\rb"'), ROW), 2),
    taken("end marker as a value", lines(with_value(0, rb"\."), ROW), 2),
    taken("end marker on a line inside quotes", lines(with_value(2, b'"a\n\\.\nb"'), ROW), 2),
    taken("backslash at the end of a value", lines(with_value(2, b"a\\"), ROW), 2),
    taken("backslash before a quote", lines(with_value(2, b'"a\\"'), ROW), 2),
    taken("two-byte letters", lines(with_value(2, "Zoë".encode())), 1),
    taken("four-byte characters", lines(with_value(2, "🛒".encode())), 1),
    taken("byte order mark inside", lines(with_value(2, BOM + b"a")), 1),
    taken("SQL in a value", lines(with_value(2, b"'); drop table staging.products; --")), 1),
    taken("Jinja in a value", lines(with_value(2, b"{{ env_var('HOME') }}")), 1),
    taken("formula in a value", lines(with_value(2, b"=1+1")), 1),
    taken("tabs in a value", lines(with_value(2, b"a\tb")), 1),
    taken("control characters in a value", lines(with_value(2, b"a\x1b[31mb\x07")), 1),
    taken("vertical tab and form feed", lines(with_value(2, b"a\x0b\x0cb")), 1),
    taken("value of 900 kB", lines(with_value(2, b"x" * 900_000)), 1),
    taken("quoted value of 900 kB", lines(with_value(2, b'"' + b"x,\n" * 300_000 + b'"')), 1),
    taken("header repeated as data", lines(HEADER, ROW), 2),
    Case("packed", gzip.compress(lines(ROW, ROW)), 2, file_name=f"{TABLE}.csv.gz"),
    Case(
        "packed in two parts",
        gzip.compress(lines(ROW)) + gzip.compress(ROW + b"\n"),
        2,
        file_name=f"{TABLE}.csv.gz",
    ),
]

LINES = [
    rejected("one value too many", ROW + b",x", said=((3, None, "field_count"),)),
    rejected("unquoted comma", with_value(2, b"a,b"), said=((3, None, "field_count"),)),
    rejected("one value too few", b"a,b,c,d,e,f", said=((3, None, "field_count"),)),
    rejected("one value", b"short", said=((3, None, "field_count"),)),
    rejected("decimal commas", with_value(4, b"10,00"), said=((3, None, "field_count"),)),
    rejected("commas only", b"," * 20, said=((3, None, "field_count"),)),
    rejected("semicolons", ROW.replace(b",", b";"), said=((3, None, "field_count"),)),
    rejected("a footer", b"Total: 2 rows", said=((3, None, "field_count"),)),
    rejected("a comment", b"# exported by hand", said=((3, None, "field_count"),)),
    rejected("quoted whole", b'"' + ROW + b'"', said=((3, None, "field_count"),)),
    rejected(
        "too many values, some of several lines",
        with_value(2, b'"a\nb"') + b",x",
        said=((3, None, "field_count"),),
    ),
    rejected("empty line", b"", said=((3, None, "empty_line"),)),
    rejected("empty line, CRLF", b"", said=((3, None, "empty_line"),), end=b"\r\n"),
    rejected(
        "three empty lines",
        *[b""] * 3,
        said=((3, None, "empty_line"), (4, None, "empty_line"), (5, None, "empty_line")),
    ),
    Case("line: empty at the end", lines(ROW) + b"\n", 1, ((3, None, "empty_line"),)),
    rejected("spaces only", b"   ", said=((3, None, "field_count"),)),
    rejected("end marker", rb"\.", said=((3, None, "end_marker"),)),
    rejected("end marker, CRLF", rb"\.", said=((3, None, "end_marker"),), end=b"\r\n"),
    rejected(
        "end marker twice", rb"\.", rb"\.", said=((3, None, "end_marker"), (4, None, "end_marker"))
    ),
    Case("line: end marker at the end", lines(ROW) + rb"\." + b"\n", 1, ((3, None, "end_marker"),)),
    rejected(
        "quotes inside", with_value(2, b'the "x"'), said=((3, "product_id", "quote_in_value"),)
    ),
    rejected(
        "quotes inside, first value",
        with_value(0, b'a "b" c'),
        said=((3, "item_id", "quote_in_value"),),
    ),
    rejected(
        "quotes after a space", with_value(2, b' "x"'), said=((3, "product_id", "quote_in_value"),)
    ),
    rejected(
        "quotes escaped by backslash",
        with_value(2, b'a \\"b\\" c'),
        said=((3, "product_id", "quote_in_value"),),
    ),
    rejected(
        "text after quotes", with_value(2, b'"x" 5'), said=((3, "product_id", "text_after_quote"),)
    ),
    rejected(
        "text after quotes, last value",
        with_value(6, b'"20.00"x'),
        said=((3, "line_total", "text_after_quote"),),
    ),
    rejected(
        "space after quotes", with_value(2, b'"x" '), said=((3, "product_id", "text_after_quote"),)
    ),
    rejected(
        "quotes side by side",
        with_value(2, b'"x" "y"'),
        said=((3, "product_id", "text_after_quote"),),
    ),
    rejected("NUL byte", with_value(3, b"1\x002"), said=((3, "quantity", "nul_byte"),)),
    rejected("NUL byte in quotes", with_value(3, b'"1\x002"'), said=((3, "quantity", "nul_byte"),)),
    rejected("NUL bytes only", b"\0" * 7, said=((3, "item_id", "nul_byte"),)),
    rejected("carriage return", with_value(3, b"1\r2"), said=((3, "quantity", "carriage_return"),)),
    rejected(
        "carriage return, first value",
        with_value(0, b"\rITEM"),
        said=((3, "item_id", "carriage_return"),),
    ),
    rejected(
        "two carriage returns at the end",
        ROW + b"\r\r",
        said=((3, "line_total", "carriage_return"),),
    ),
    rejected("CRLF in an LF file", ROW + b"\r", said=((3, "line_total", "line_end"),)),
    Case(
        "line: LF in a CRLF file",
        lines(ROW, end=b"\r\n") + ROW + b"\n",
        1,
        ((3, "line_total", "line_end"),),
    ),
    rejected(
        "after a record of two lines",
        with_value(1, b'"a\nb"') + b",",
        said=((3, None, "field_count"),),
    ),
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
    rejected("wrong encoding in a wrong line", b"caf\xe9", said=((3, None, "field_count"),)),
    rejected(
        "HTML in the middle", b"<html><body>502</body></html>", said=((3, None, "field_count"),)
    ),
    Case(
        "line: rejected in a packed file",
        gzip.compress(lines(ROW, b"short", ROW)),
        2,
        ((3, None, "field_count"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "line: nineteen of twenty",
        lines(ROW, *[b"short"] * 19),
        1,
        tuple((line, None, "field_count") for line in range(3, 22)),
    ),
]

HEADERS = [
    header("empty first line", b"", (1, None, "empty")),
    header(
        "renamed column",
        HEADER.replace(b"quantity", b"qty"),
        (1, "quantity", "column_missing"),
        (1, "qty", "column_unknown"),
    ),
    header(
        "missing first column", HEADER.removeprefix(b"item_id,"), (1, "item_id", "column_missing")
    ),
    header(
        "missing last column",
        HEADER.removesuffix(b",line_total"),
        (1, "line_total", "column_missing"),
    ),
    header("extra column", HEADER + b",note", (1, "note", "column_unknown")),
    header("column without a name", HEADER + b",", (1, "an unreadable name", "column_unknown")),
    header("pandas index", b"," + HEADER, (1, "an unreadable name", "column_unknown")),
    header("column twice", HEADER + b",item_id", (1, "item_id", "column_twice")),
    header("column twice in another case", HEADER + b",Item_ID", (1, "item_id", "column_twice")),
    header(
        "look-alike letter",
        HEADER.replace(b"item_id", "\u0456tem_id".encode()),
        (1, "item_id", "column_missing"),
        (1, "\u0456tem_id", "column_unknown"),
    ),
    header(
        "SQL in a name",
        HEADER.replace(b"quantity", b'x" text); drop table staging.products; --').replace(
            b'"', b""
        ),
        (1, "quantity", "column_missing"),
        (1, "an unreadable name", "column_unknown"),
    ),
    header(
        "Jinja in a name",
        HEADER.replace(b"quantity", b"{{ x }}"),
        (1, "quantity", "column_missing"),
        (1, "an unreadable name", "column_unknown"),
    ),
    header(
        "columns of another table", ",".join(TABLES["customers"]).encode(), (1, None, "no_header")
    ),
    header("none: a row is first", ROW, (1, None, "no_header")),
    header("text before it", b"Export of 2026-11-22", (1, None, "no_header")),
    header("semicolons", HEADER.replace(b",", b";"), (1, None, "delimiter")),
    header("tabs", HEADER.replace(b",", b"\t"), (1, None, "delimiter")),
    header("vertical bars", HEADER.replace(b",", b"|"), (1, None, "delimiter")),
    header("NUL byte", HEADER + b"\0", (1, None, "nul_byte")),
    header("carriage return inside", HEADER.replace(b",", b"\r,", 1), (1, None, "carriage_return")),
    header("not UTF-8", HEADER.replace(b"item_id", b"item\xe9"), (1, None, "encoding")),
    header("open quote", b'"' + HEADER, (1, None, "unbalanced_quotes")),
    header("text after a quote", b'"item_id"x' + HEADER[7:], (1, None, "unbalanced_quotes")),
]

FILES = [
    refused("empty", b"", (1, None, "empty")),
    refused("a line feed", b"\n", (1, None, "empty")),
    refused("spaces", b"   ", (1, None, "empty")),
    refused("a byte order mark", BOM, (1, None, "empty")),
    refused("HTML", b"<!DOCTYPE html>\n<html></html>\n", (1, None, "html")),
    refused("XML", b'<?xml version="1.0"?><rows/>', (1, None, "html")),
    refused("JSON", b'{"error": "not found"}', (1, None, "json")),
    refused("JSON lines", b'{"item_id": 1}\n{"item_id": 2}\n', (1, None, "json")),
    refused("JSON list", b'\n[{"item_id": 1}]'.lstrip(), (1, None, "json")),
    refused("UTF-16", lines(ROW).decode().encode("utf-16"), (1, None, "encoding")),
    refused(
        "UTF-16, big end first",
        b"\xfe\xff" + lines(ROW).decode().encode("utf-16-be"),
        (1, None, "encoding"),
    ),
    refused(
        "UTF-16 without its mark", lines(ROW).decode().encode("utf-16-le"), (1, None, "nul_byte")
    ),
    refused("packed, named as plain", gzip.compress(lines(ROW)), (1, None, "compressed")),
    refused("zip or xlsx", b"PK\x03\x04\x14\x00", (1, None, "spreadsheet")),
    refused("xls", b"\xd0\xcf\x11\xe0\xa1\xb1", (1, None, "spreadsheet")),
    refused("all NUL bytes", b"\0" * 4096, (1, None, "nul_byte")),
    refused(
        "carriage returns as line ends", lines(ROW, ROW, end=b"\r"), (1, None, "carriage_return")
    ),
    refused(
        "LF rows under a CRLF header",
        HEADER + b"\r\n" + (ROW + b"\n") * 30,
        (2, None, "too_many_rejected"),
    ),
    refused("Latin-1", lines(ROW, with_value(2, b"caf\xe9"), ROW), (3, "product_id", "encoding")),
    refused("Windows-1252", lines(with_value(2, b"\x93x\x94")), (2, "product_id", "encoding")),
    refused("half a character", lines(with_value(2, b"\xe6\x9d")), (2, "product_id", "encoding")),
    refused(
        "a surrogate", lines(ROW, with_value(2, b"\xed\xa0\x80")), (3, "product_id", "encoding")
    ),
    refused("overlong form", lines(with_value(2, b"\xc0\xaf")), (2, "product_id", "encoding")),
    refused(
        "wrong byte on the second line of a record",
        lines(ROW, with_value(4, b'"a\n\xff"')),
        (4, "unit_price", "encoding"),
    ),
    refused(
        "stray quote",
        lines(ROW, with_value(2, b'5" nail'), ROW),
        (3, "product_id", "unbalanced_quotes"),
    ),
    refused(
        "two lines with a stray quote each",
        lines(with_value(2, b'5" a'), ROW, with_value(2, b'6" b')),
        (2, "product_id", "unbalanced_quotes"),
    ),
    refused(
        "quote not closed",
        lines(ROW, with_value(6, b'"20.00'), ROW),
        (3, None, "unbalanced_quotes"),
    ),
    refused(
        "quote not closed before a quoted value",
        lines(with_value(1, b'"a'), with_value(2, b'"b"')),
        (3, "transaction_id", "unbalanced_quotes"),
    ),
    refused(
        "text after a quote of several lines",
        lines(with_value(1, b'"a\nb"c'), ROW),
        (3, "transaction_id", "unbalanced_quotes"),
    ),
    refused(
        "NUL byte in a quote of several lines",
        lines(with_value(1, b'"a\nb\0"')),
        (3, "transaction_id", "unbalanced_quotes"),
    ),
    refused("cut off in a value", lines(ROW) + b"ITEM00002,TXN0", (3, None, "cut_off")),
    refused(
        "cut off after a comma",
        lines(ROW) + b"ITEM00002,TXN00001,PROD0001,2,10.00,",
        (3, None, "cut_off"),
    ),
    refused("cut off in quotes", lines(ROW) + b'ITEM00002,"TXN', (3, None, "unbalanced_quotes")),
    refused("cut off in CRLF", lines(ROW, end=b"\r\n") + ROW + b"\r", (3, None, "cut_off")),
    refused(
        "record of over 1 MB",
        lines(ROW, with_value(2, b"x" * 1_100_000), ROW),
        (3, None, "record_too_long"),
    ),
    refused(
        "quote open for over 1 MB",
        lines(with_value(0, b'"ITEM')) + (ROW + b"\n") * 30_000,
        (2, None, "record_too_long"),
    ),
    refused(
        "one line without end", HEADER + b"\n" + b"x" * 3_000_000, (2, None, "record_too_long")
    ),
    refused(
        "too many rejected lines", lines(*[b"short"] * 1001), (1002, None, "too_many_rejected")
    ),
    refused(
        "too large a share rejected",
        lines(*[ROW] * 100, *[b"short"] * 20),
        (102, None, "too_many_rejected"),
    ),
    Case(
        "file: packed, cut off",
        gzip.compress(lines(*[ROW] * 99))[:-20],
        refused=((None, None, "gzip"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: packed, without its checksum",
        gzip.compress(lines(ROW))[:-8],
        refused=((None, None, "gzip"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: packed, checksum wrong",
        gzip.compress(lines(ROW))[:-8] + b"\0" * 8,
        refused=((None, None, "gzip"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: packed, text behind it",
        gzip.compress(lines(ROW)) + b"more",
        refused=((None, None, "gzip"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: plain, named as packed",
        lines(ROW),
        refused=((None, None, "gzip"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: packed, empty",
        gzip.compress(b""),
        refused=((1, None, "empty"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: a bomb of zeros",
        gzip.compress(HEADER + b"\n" + b"\0" * 50_000_000, 1),
        refused=((2, None, "record_too_long"),),
        file_name=f"{TABLE}.csv.gz",
    ),
    Case(
        "file: a bomb of empty lines",
        gzip.compress(HEADER + b"\n" * 20_000_000, 1),
        refused=((1002, None, "too_many_rejected"),),
        file_name=f"{TABLE}.csv.gz",
    ),
]

CASES = [*VALID, *LINES, *HEADERS, *FILES]
