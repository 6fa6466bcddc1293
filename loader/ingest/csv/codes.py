"""Every code by which a delivered file is refused or a line of one rejected, and what to do.

A line is rejected alone when the lines after it can still be trusted: it goes to
quarantine.rejected_lines and the rest is loaded. Otherwise the file is refused and nothing is.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorCode:
    """Name what is wrong by a code, and say it with its remedy in words that follow a path."""

    code: str
    message: str

    def about(self, **values: object) -> "ErrorCode":
        """Return the code with its message filled in."""
        return ErrorCode(self.code, self.message.format(**values))


# A line is rejected ---------------------------------------------------------------------------

FIELD_COUNT = ErrorCode(
    "field_count",
    "has {found} values where the header has {expected}; put values with commas in quotes",
)
TRAILING_COMMA = ErrorCode(
    "field_count",
    "has {found} values where the header has {expected}: it ends in a comma; remove it",
)
LINE_IN_QUOTES = ErrorCode(
    "field_count", "is in quotes as a whole; remove these quotes, and halve the doubled ones inside"
)
SINGLE_QUOTES = ErrorCode(
    "field_count",
    "has {found} values where the header has {expected}: single quotes do not enclose a value; "
    "use double quotes",
)
OTHER_DELIMITER = ErrorCode(
    "field_count",
    "has {found} values where the header has {expected}: it separates them by {delimiter}; "
    "use commas",
)
QUOTE_IN_VALUE = ErrorCode(
    "quote_in_value",
    "has a quote inside a value that does not start with one; "
    "enclose the whole value in quotes and double the quotes inside it",
)
SPACE_BEFORE_QUOTE = ErrorCode(
    "quote_in_value", "has a space before an opening quote; remove the space"
)
TEXT_AFTER_QUOTE = ErrorCode(
    "text_after_quote",
    "has text after a closing quote; double the quotes inside a quoted value",
)
SPACE_AFTER_QUOTE = ErrorCode(
    "text_after_quote", "has a space after a closing quote; remove the space"
)
NUL_BYTE = ErrorCode("nul_byte", "holds a NUL byte; it is not text, ask for the file again")
CARRIAGE_RETURN = ErrorCode(
    "carriage_return",
    "holds a carriage return without a line feed; end lines with LF or CRLF",
)
LF_IN_CRLF = ErrorCode(
    "line_end",
    "ends in LF but the header ends in CRLF; the file was edited or joined, ask for it again",
)
CRLF_IN_LF = ErrorCode(
    "line_end",
    "ends in CRLF but the header ends in LF; the file was edited or joined, ask for it again",
)
EMPTY_LINE = ErrorCode("empty_line", "is empty; remove it")
END_MARKER = ErrorCode(
    "end_marker", r"is \., which PostgreSQL takes for the end of the data; remove it"
)
ERASED = ErrorCode("erased", "named a customer who was erased; what it held is gone")
CUT_VALUE = ErrorCode(
    "cut_value",
    "has no line end, and its last value may be cut short; end the file with a line end and "
    "deliver it again",
)

LINE_CODES = (
    FIELD_COUNT,
    QUOTE_IN_VALUE,
    TEXT_AFTER_QUOTE,
    NUL_BYTE,
    CARRIAGE_RETURN,
    LF_IN_CRLF,
    CRLF_IN_LF,
    EMPTY_LINE,
    END_MARKER,
    ERASED,
    CUT_VALUE,
)

# A file is taken with a warning -----------------------------------------------------------------

COLUMN_CASE = ErrorCode("column_case", "is written {name!r} and read as {column}")
NO_LINE_END = ErrorCode(
    "no_line_end",
    "has no line end: the file may be cut off behind it; end the last line like the others",
)
END_OF_FILE_MARK = ErrorCode(
    "end_of_file_mark",
    "ends with the end-of-file mark Ctrl-Z (0x1A), which was left out; remove it",
)
MANY_COMMAS = ErrorCode(
    "many_commas",
    "opens a quoted value of {lines} lines that has the commas of whole records; if records are "
    "missing, remove a stray quote",
)

COLUMN_NEWER = ErrorCode("column_newer", "is older than the column {column}, which stays empty")
WARNINGS = (COLUMN_CASE, COLUMN_NEWER, NO_LINE_END, END_OF_FILE_MARK, MANY_COMMAS)

# A file is refused: what it is ----------------------------------------------------------------

MISSING = ErrorCode("missing", "is missing; all four files are needed, with a header line at least")
MISSING_BUT_NEAR = ErrorCode(
    "missing", "is missing, but there is {names}; deliver the file of this batch as {name}"
)
LINK = ErrorCode("not_a_file", "is a symbolic link; deliver the file itself")
NOT_A_FILE = ErrorCode("not_a_file", "is not a plain file; deliver the file itself")
FORBIDDEN = ErrorCode(
    "unreadable", "cannot be read; give the user of this command the permission to"
)
UNREADABLE = ErrorCode("unreadable", "cannot be read: {reason}")
TWO_FORMS = ErrorCode("two_forms", "is there as {other} too; leave one of them")
CHANGED = ErrorCode("changed", "changed while it was read; wait until it is complete")
TOO_LARGE = ErrorCode("too_large", "holds over {limit:,} bytes; SHOP_MAX_FILE_BYTES permits more")
BROKEN_GZIP = ErrorCode("gzip", "cannot be unpacked ({reason}); ask for the file again")

# ... its header -------------------------------------------------------------------------------

EMPTY = ErrorCode("empty", "is empty; a header line with the column names is needed")
NO_HEADER = ErrorCode(
    "no_header", "has none of the column names; put this header first: {expected}"
)
HEADER_BELOW = ErrorCode(
    "no_header", "is not the header, which is on line {line}; remove what is before it"
)
SEP_LINE = ErrorCode("no_header", "is a setting of Excel (sep=), not the header; remove the line")
OTHER_TABLE = ErrorCode(
    "no_header", "has the columns of {other}.csv; the files may be interchanged"
)
HEADER_IN_QUOTES = ErrorCode("no_header", LINE_IN_QUOTES.message)
HEADER_TOO_LONG = ErrorCode(
    "header_too_long", "is over {limit} KB long; put a header with the column names first"
)
DELIMITER = ErrorCode("delimiter", "separates columns by {delimiter}; use commas")
COLUMN_MISSING = ErrorCode("column_missing", "lacks {names}; add or rename the columns in the file")
COLUMN_NAME = ErrorCode("column_name", "has {names}; rename it in the file")
COLUMN_QUOTES = ErrorCode(
    "column_name", "has names in single quotes; use double quotes, or none, in the whole file"
)
COMMA_BEFORE = ErrorCode(
    "column_unnamed",
    "begins with a comma: its first column has no name, as that of an index (pandas writes none "
    "with index=False); remove the column",
)
COMMA_BEHIND = ErrorCode(
    "column_unnamed", "ends in a comma: its last column has no name; remove it from every line"
)
COLUMN_UNNAMED = ErrorCode("column_unnamed", "has a column without a name; name or remove it")
COLUMN_UNKNOWN = ErrorCode(
    "column_unknown", "has {names}, which {table} does not; rename or remove it"
)
COLUMN_TWICE = ErrorCode("column_twice", "has {names} more than once; keep one of each")
HEADER_NUL = ErrorCode("nul_byte", "holds a NUL byte; save the file as UTF-8 text")
HEADER_RETURN = ErrorCode("carriage_return", CARRIAGE_RETURN.message)
HEADER_QUOTE = ErrorCode("unbalanced_quotes", "has a quote that is not closed, or text behind one")
HEADER_ENCODING = ErrorCode("encoding", "is not UTF-8; save the file as UTF-8")
UTF_16 = ErrorCode("encoding", "is UTF-16; save it as UTF-8")
COMPRESSED = ErrorCode("compressed", "is compressed; unpack it, or name it {name}.gz")
SPREADSHEET = ErrorCode("spreadsheet", "is a spreadsheet or an archive; save it as CSV")
HTML = ErrorCode("html", "is HTML or XML, not CSV; an error page may have been saved in its place")
JSON = ErrorCode("json", "is JSON, not CSV")

# ... its body ---------------------------------------------------------------------------------

ENCODING = ErrorCode(
    "encoding", "has a byte (0x{byte:02X}) that is not UTF-8; save the file as UTF-8"
)
OPENED_ABOVE = "opens a quote and, on line {line}, {cause}"
UNBALANCED_QUOTES = ErrorCode(
    "unbalanced_quotes", "{cause}; the quotes do not pair, so nobody can tell where records end"
)
QUOTED_RECORDS = ErrorCode(
    "quoted_records",
    "opens a quote that closes on line {end}, and what is between looks like records; remove the "
    "stray quote, or the line breaks from this value",
)
OPEN_QUOTE = ErrorCode(
    "unbalanced_quotes", "opens a quote that is never closed; the file may be cut off"
)
RECORD_TOO_LONG = ErrorCode(
    "record_too_long", "is over 1 MB long; a quote may have been opened and never closed"
)
CUT_OFF = ErrorCode(
    "cut_off", "stops in the middle of a record; the file was cut off, ask for it again"
)
TOO_MANY_REJECTED = ErrorCode(
    "too_many_rejected",
    "has more than {limit} rejected lines; mend the file, or permit more by {setting}",
)
