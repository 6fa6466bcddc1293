"""Files that nobody should deliver, and odd ones that are fine, each with what becomes of it."""

import gzip

from factories.bad_headers import HEADERS
from factories.bad_lines import LINES
from factories.file_cases import HEADER, ROW, Case, Said, lines, packed, with_value

BOM = b"\xef\xbb\xbf"


def taken(name: str, content: bytes, rows: int, warnings: int = 0) -> Case:
    return Case(name, content, rows, warnings=warnings)


def refused(name: str, content: bytes, *said: Said) -> Case:
    return Case(f"file: {name}", content, refused=said)


def warned(name: str, content: bytes, rows: int) -> Case:
    return taken(name, content, rows, warnings=1)


VALID = [
    taken("header only", lines(), 0),
    warned("header only, no line end", HEADER, 0),
    taken("header only, CRLF", lines(end=b"\r\n"), 0),
    taken("one row", lines(ROW), 1),
    warned("no final line end", lines(ROW, ROW)[:-1], 2),
    warned("no final line end, last value quoted", lines(with_value(6, b'"20.00"'))[:-1], 1),
    taken("empty last line", lines(ROW) + b"\n", 1),
    taken("empty last line, CRLF", lines(ROW, b"", end=b"\r\n"), 1),
    taken("empty last line, LF in a CRLF file", lines(ROW, end=b"\r\n") + b"\n", 1),
    taken("header and an empty line", lines() + b"\n", 0),
    warned("Ctrl-Z at the end", lines(ROW) + b"\x1a", 1),
    warned("Ctrl-Z behind the last value", lines(ROW) + ROW + b"\x1a", 2),
    warned("filled up with Ctrl-Z, CRLF", lines(ROW, end=b"\r\n") + b"\x1a" * 90, 1),
    taken("Ctrl-Z in a value", lines(with_value(2, b"a\x1ab")), 1),
    taken("CRLF", lines(ROW, ROW, end=b"\r\n"), 2),
    warned("CRLF, no final line end", lines(ROW, ROW, end=b"\r\n")[:-2], 2),
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
    taken("address of four lines", lines(with_value(2, b'"4, Elm,\nA, B,\nC, D, E\n1"')), 1),
    warned(
        "lines with as many commas as records, and spaces behind them",
        lines(with_value(5, b'"Flat 4, Elm\nA, B, C, D, E, F 1"')),
        1,
    ),
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
    packed(taken("packed", gzip.compress(lines(ROW, ROW)), 2)),
    packed(taken("packed in two parts", gzip.compress(lines(ROW)) + gzip.compress(ROW + b"\n"), 2)),
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
        (3, "line_total", "unbalanced_quotes"),
    ),
    refused(
        "quote not closed before a quoted value",
        lines(with_value(1, b'"a'), with_value(2, b'"b"')),
        (2, "transaction_id", "unbalanced_quotes"),
    ),
    refused(
        "text after a quote of several lines",
        lines(with_value(1, b'"a\nb"c'), ROW),
        (2, "transaction_id", "unbalanced_quotes"),
    ),
    refused(
        "NUL byte in a quote of several lines",
        lines(with_value(1, b'"a\nb\0"')),
        (2, "transaction_id", "unbalanced_quotes"),
    ),
    refused(
        "two stray quotes around whole records",
        lines(ROW, with_value(2, b'"PROD1'), ROW, ROW, with_value(2, b'PROD2"'), ROW),
        (3, "product_id", "quoted_records"),
    ),
    refused(
        "two stray quotes around the end of one record and the beginning of the next",
        lines(ROW, with_value(2, b'"PROD1'), with_value(2, b'PROD2"'), ROW),
        (3, "product_id", "quoted_records"),
    ),
    refused(
        "two stray quotes around the first values of two lines",
        lines(ROW, b'"' + ROW, with_value(0, b'ITEM2"'), end=b"\r\n"),
        (3, "item_id", "quoted_records"),
    ),
    refused(
        "two stray quotes around the last values of two lines",
        lines(ROW, with_value(6, b'"20.00'), ROW + b'"'),
        (3, "line_total", "quoted_records"),
    ),
    refused(
        "two stray quotes in different columns",
        lines(ROW, with_value(2, b'"PROD1'), ROW, with_value(4, b'10.00"'), ROW),
        (3, "product_id", "quoted_records"),
    ),
    refused(
        "two stray quotes behind a value of two lines",
        lines(
            with_value(1, b'"a\nb"'), b'"x\ny",' + with_value(1, b'"T')[10:], with_value(1, b'T"')
        ),
        (5, "transaction_id", "quoted_records"),
    ),
    refused(
        "record within a value of three lines",
        lines(with_value(2, b'"a\n' + ROW + b'\nb"')),
        (2, "product_id", "quoted_records"),
    ),
    refused(
        "quotes lost at the end of one value and the beginning of another",
        lines(with_value(5, b'"a,b'), with_value(5, b'c,d"')),
        (2, "discount_percentage", "quoted_records"),
    ),
    refused("cut off in a value", lines(ROW) + b"ITEM00002,TXN0", (3, None, "cut_off")),
    refused(
        "cut off after a comma",
        lines(ROW) + b"ITEM00002,TXN00001,PROD0001,2,10.00,",
        (3, None, "cut_off"),
    ),
    refused(
        "cut off in quotes",
        lines(ROW) + b'ITEM00002,"TXN',
        (3, "transaction_id", "unbalanced_quotes"),
    ),
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
    *map(
        packed,
        [
            refused(
                "packed, cut off", gzip.compress(lines(*[ROW] * 99))[:-20], (None, None, "gzip")
            ),
            refused(
                "packed, without its checksum", gzip.compress(lines(ROW))[:-8], (None, None, "gzip")
            ),
            refused(
                "packed, checksum wrong",
                gzip.compress(lines(ROW))[:-8] + b"\0" * 8,
                (None, None, "gzip"),
            ),
            refused(
                "packed, text behind it", gzip.compress(lines(ROW)) + b"more", (None, None, "gzip")
            ),
            refused("plain, named as packed", lines(ROW), (None, None, "gzip")),
            refused("packed, empty", gzip.compress(b""), (1, None, "empty")),
            refused(
                "a bomb of zeros",
                gzip.compress(HEADER + b"\n" + b"\0" * 50_000_000, 1),
                (2, None, "record_too_long"),
            ),
            refused(
                "a bomb of empty lines",
                gzip.compress(HEADER + b"\n" * 20_000_000, 1),
                (1002, None, "too_many_rejected"),
            ),
        ],
    ),
]

CASES = [*VALID, *LINES, *HEADERS, *FILES]
