"""Headers that nobody should deliver, each with what is said of it."""

from factories.file_cases import HEADER, ROW, Case, lines
from loader.contract import TABLES


def header(name: str, header: bytes, *said: tuple[str | None, str]) -> Case:
    """Return a case of a first line, of which columns and codes are said."""
    refused = tuple((1, column, code) for column, code in said)
    return Case(f"header: {name}", lines(ROW, header=header), refused=refused)


HEADERS = [
    header("empty first line", b"", (None, "empty")),
    header(
        "renamed column",
        HEADER.replace(b"quantity", b"qty"),
        ("quantity", "column_missing"),
        ("qty", "column_unknown"),
    ),
    header("missing first column", HEADER.removeprefix(b"item_id,"), ("item_id", "column_missing")),
    header(
        "missing last column", HEADER.removesuffix(b",line_total"), ("line_total", "column_missing")
    ),
    header("extra column", HEADER + b",note", ("note", "column_unknown")),
    header("trailing comma", HEADER + b",", (None, "column_unnamed")),
    header("pandas index", b"," + HEADER, (None, "column_unnamed")),
    header("column without a name", b"item_id,," + HEADER[8:], (None, "column_unnamed")),
    header("spaces in a name", HEADER.replace(b"item_id", b"Item ID"), ("item_id", "column_name")),
    header("single quotes", b"'" + HEADER.replace(b",", b"','") + b"'", ("item_id", "column_name")),
    header("spaces before quotes", HEADER.replace(b",", b', "', 1), (None, "quote_in_value")),
    header(
        "spaces after quotes", b'"' + HEADER.replace(b",", b'" ,', 1), (None, "text_after_quote")
    ),
    header("quoted whole", b'"' + HEADER + b'"', (None, "no_header")),
    header("quoted semicolons", b'"' + HEADER.replace(b",", b'";"') + b'"', (None, "delimiter")),
    header("setting of Excel", b"sep=,\n" + HEADER, (None, "no_header")),
    header("title and empty line above", b"Items\n\n" + HEADER, (None, "no_header")),
    header("empty line above", b"\n" + HEADER, (None, "no_header")),
    header("over 128 KB", b"x" * 140_000 + b"," + HEADER, (None, "header_too_long")),
    header("column twice", HEADER + b",item_id", ("item_id", "column_twice")),
    header("column twice in another case", HEADER + b",Item_ID", ("item_id", "column_twice")),
    header(
        "look-alike letter",
        HEADER.replace(b"item_id", "\u0456tem_id".encode()),
        ("item_id", "column_missing"),
        ("\u0456tem_id", "column_unknown"),
    ),
    header(
        "SQL in a name",
        HEADER.replace(b"quantity", b'x" text); drop table staging.products; --').replace(
            b'"', b""
        ),
        ("quantity", "column_missing"),
        ("an unreadable name", "column_unknown"),
    ),
    header(
        "Jinja in a name",
        HEADER.replace(b"quantity", b"{{ x }}"),
        ("quantity", "column_missing"),
        ("an unreadable name", "column_unknown"),
    ),
    header("columns of another table", ",".join(TABLES["customers"]).encode(), (None, "no_header")),
    header("none: a row is first", ROW, (None, "no_header")),
    header("text before it", b"Export of 2026-11-22", (None, "no_header")),
    header("semicolons", HEADER.replace(b",", b";"), (None, "delimiter")),
    header("tabs", HEADER.replace(b",", b"\t"), (None, "delimiter")),
    header("vertical bars", HEADER.replace(b",", b"|"), (None, "delimiter")),
    header("NUL byte", HEADER + b"\0", (None, "nul_byte")),
    header("carriage return inside", HEADER.replace(b",", b"\r,", 1), (None, "carriage_return")),
    header("not UTF-8", HEADER.replace(b"item_id", b"item\xe9"), (None, "encoding")),
    header("open quote", b'"' + HEADER, (None, "unbalanced_quotes")),
    header("text after a quote", b'"item_id"x' + HEADER[7:], (None, "unbalanced_quotes")),
]
