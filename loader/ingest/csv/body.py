"""The records of a delivered file: which are taken, which are rejected, what refuses the file."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from loader.ingest.csv import codes
from loader.ingest.csv.codes import ErrorCode
from loader.ingest.csv.damage import find_swallowed, may_be_cut
from loader.ingest.csv.grammar import (
    ParseError,
    end_of_simple,
    find_parse_error,
    one_record,
    value_index,
    value_spans,
)
from loader.ingest.csv.header import Header
from loader.ingest.csv.limits import LINES_FOR_A_SHARE, Limits

MAX_RECORD_BYTES = 1 << 20
# Of so many bytes before it, a last value without a line end is compared with the values.
COMPARED_BYTES = 1 << 16
CTRL_Z = b"\x1a"
EMPTY_LAST_LINES = (b"", b"\n", b"\r\n")


@dataclass(frozen=True)
class FileError:
    """Name what is wrong in a file: physical line and column where they are known."""

    path: Path
    error: ErrorCode
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{printable(self.path)}{line}{column}: {self.error.message} [{self.error.code}]"


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """Name a rejected line: its first physical line, and the bytes it takes in the content."""

    problem: FileError
    line: int
    offset: int
    length: int


class Sink(Protocol):
    """Take what a scan has validated, while its bytes are at hand."""

    def accept(self, records: bytes, lines: range) -> None:
        """Take records of one line each, or one that spans lines, and the lines they start on."""

    def reject(self, reject: RejectedLine, raw: bytes) -> None:
        """Take a rejected line and its bytes."""


def printable(path: Path) -> str:
    """Return a path for a message: a file's name must not steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(path))


@dataclass
class BodyScan:
    """Check the records of a file, fed in chunks.

    The fast path takes all one-line records of a chunk in one match. Only where that stops, a
    record is looked at alone: it spans lines, is cut off by the chunk's end, or is wrong.
    """

    path: Path
    header: Header
    limits: Limits
    sink: Sink | None = None
    row_count: int = 0
    line: int = 2
    is_lost: bool = False
    problems: list[FileError] = field(default_factory=list)
    rejects: list[RejectedLine] = field(default_factory=list)
    warnings: list[FileError] = field(default_factory=list)
    _rest: bytes = b""
    _before: bytes = b""
    _offset: int = -1
    _is_ascii: bool = False
    _is_cut_off: bool = False
    _has_end_mark: bool = False

    def feed(self, chunk: bytes) -> None:
        """Check all records that end in this chunk."""
        data = self._rest + chunk
        self._is_ascii = data.isascii()
        if self._offset < 0:
            self._offset = self.header.length
        if self._rest:
            self._check_length(data)
        position, following = 0, None if self.is_lost else self._check_from(data, 0)
        while following is not None and not self.is_lost:
            position, following = following, self._check_from(data, following)
        self._rest = data[position:]
        self._before = (self._before + data[max(position - COMPARED_BYTES, 0) : position])[
            -COMPARED_BYTES:
        ]
        self._offset += position
        if len(self._rest) > MAX_RECORD_BYTES and not self.is_lost:
            self.refuse(codes.RECORD_TOO_LONG)

    def finish(self) -> None:
        """Check the last record, whose line end may be missing, and the share of rejects."""
        if not self.is_lost:
            self._check_end()
        if not self.is_lost:
            self._check_share()

    def _check_end(self) -> None:
        if self._rest.endswith(CTRL_Z):
            self._rest = self._rest.rstrip(CTRL_Z)
            self._has_end_mark = True
            self._warn(codes.END_OF_FILE_MARK, self.line + self._rest.count(b"\n"))
        if self._rest in EMPTY_LAST_LINES:
            return
        if self._rest.endswith(b"\r"):
            self.refuse(codes.CUT_OFF)
            return
        self._is_cut_off = not self._rest.endswith(b"\n")
        self.feed(self.header.terminator if self._is_cut_off else b"")
        if self._rest and not self.is_lost:
            *_, (start, _) = value_spans(self._rest)
            self.refuse(codes.OPEN_QUOTE, *self._place(self._rest, start))

    def refuse(self, code: ErrorCode, line: int | None = 0, column: str | None = None) -> None:
        """Note a problem that refuses the file; unless told, it is on the line at work."""
        self.problems.append(FileError(self.path, code, self.line if line == 0 else line, column))
        self.is_lost = True

    def _warn(self, code: ErrorCode, line: int, column: str | None = None) -> None:
        self.warnings.append(FileError(self.path, code, line, column))

    def _check_length(self, data: bytes) -> None:
        """Refuse a whole record that is too long; only one that began in another chunk can be."""
        record = one_record(len(self.header.columns), self.header.terminator).match(data)
        if record and record.end() > MAX_RECORD_BYTES:
            self.refuse(codes.RECORD_TOO_LONG)

    def _check_share(self) -> None:
        rejected, limit = len(self.rejects), self.limits.rejected_pct
        allowed = (self.row_count + rejected) * limit / 100
        if rejected >= LINES_FOR_A_SHARE and rejected > allowed:
            code = codes.TOO_MANY_REJECTED.about(
                limit=f"{limit} %", setting="SHOP_MAX_REJECTED_PCT"
            )
            self.refuse(code, line=self.rejects[0].line)

    def _check_from(self, data: bytes, start: int) -> int | None:
        """Check what starts here and return where to go on, or None when more bytes are needed."""
        if data[start : start + 3] in EMPTY_LAST_LINES:  # an empty line, unless more comes
            return None
        shape = len(self.header.columns), self.header.terminator
        end = end_of_simple(data, start, *shape)
        if end > start:
            self._accept(data, start, end)
            return end
        if data.find(b"\n", start) < 0:
            return None
        record = one_record(*shape).match(data, start)
        if record is None:
            return self._handle_parse_error(data, start)
        self._accept(data, start, record.end(), is_multiline=True)
        return record.end()

    def _accept(self, data: bytes, start: int, end: int, *, is_multiline: bool = False) -> None:
        if is_multiline and self._is_refused_for_records(data[start:end]):
            return
        if self._is_cut_off and self._is_rejected_as_cut(data[start:end]):
            return
        if not self._is_ascii:
            self._check_encoding(data, start, end, is_multiline=is_multiline)
        lines = data.count(b"\n", start, end)
        rows = 1 if is_multiline else lines
        if self.sink:
            self.sink.accept(data[start:end], range(self.line, self.line + rows))
        self.row_count += rows
        self.line += lines

    def _is_refused_for_records(self, record: bytes) -> bool:
        """Refuse the file where lines of a quoted value look like records, and return whether."""
        found = find_swallowed(record, len(self.header.columns))
        if found is None:
            return False
        line, column = self._place(record, found.offset)
        if found.is_certain:
            code = codes.QUOTED_RECORDS.about(end=line + found.line_breaks)
            self.refuse(code, line, column)
        elif not any(warning.error.code == codes.MANY_COMMAS.code for warning in self.warnings):
            self._warn(codes.MANY_COMMAS.about(lines=found.line_breaks + 1), line, column)
        return found.is_certain

    def _is_rejected_as_cut(self, record: bytes) -> bool:
        """Reject a last record whose last value may be cut short, or warn of its line end."""
        *_, (start, end) = value_spans(record)
        place = self._place(record, start)
        if self._has_end_mark:
            return False
        if not may_be_cut(record[start:end], self._before):
            self._warn(codes.NO_LINE_END, *place)
            return False
        raw = record.removesuffix(self.header.terminator)
        self._reject(FileError(self.path, codes.CUT_VALUE, *place), self._offset, raw)
        return True

    def _handle_parse_error(self, data: bytes, start: int) -> int | None:
        """Reject a wrong record and return where to go on, or None when that is not known."""
        parse_error = find_parse_error(
            data, start, len(self.header.columns), self.header.terminator
        )
        if parse_error is None:
            return None
        lines = data.count(b"\n", start, parse_error.offset)
        line, column = self.line + lines, self._column(parse_error.value_index)
        where = f" (the record starts on line {self.line})" if lines else ""
        is_last = self._is_cut_off and parse_error.resume_at == len(data)
        if parse_error.resume_at is None:
            self._refuse_unbalanced(data[start:], parse_error, line, where)
            return None
        if parse_error.is_short and is_last:
            self.refuse(codes.CUT_OFF, line)
            return None
        if self._is_refused_for_records(data[start : parse_error.resume_at]):
            return None
        code = ErrorCode(parse_error.error.code, parse_error.error.message + where)
        # The line end that we put there is not the file's.
        end = parse_error.resume_at - (len(self.header.terminator) if is_last else 0)
        problem = FileError(self.path, code, line, column)
        self._reject(problem, self._offset + start, data[start:end])
        return parse_error.resume_at

    def _refuse_unbalanced(
        self, data: bytes, parse_error: ParseError, line: int, where: str
    ) -> None:
        """Refuse the file on the line where the quote opens, if the value at fault has one."""
        opening = next(islice(value_spans(data), parse_error.value_index, None))[0]
        opened_on, column = self._place(data, opening)
        cause = parse_error.error.message + where
        if opened_on < line:
            cause = codes.OPENED_ABOVE.format(line=line, cause=parse_error.error.message)
        self.refuse(codes.UNBALANCED_QUOTES.about(cause=cause), opened_on, column)

    def _reject(self, problem: FileError, offset: int, raw: bytes) -> None:
        reject = RejectedLine(problem, self.line, offset, len(raw))
        self.rejects.append(reject)
        if self.sink:
            self.sink.reject(reject, raw)
        self.line += raw.count(b"\n")
        if len(self.rejects) > self.limits.rejected_lines:
            self._refuse_too_many()

    def _refuse_too_many(self) -> None:
        limit = f"{self.limits.rejected_lines:,}"
        code = codes.TOO_MANY_REJECTED.about(limit=limit, setting="SHOP_MAX_REJECTED_LINES")
        self.refuse(code, line=self.rejects[-1].line)

    def _check_encoding(self, data: bytes, start: int, end: int, *, is_multiline: bool) -> None:
        try:
            str(memoryview(data)[start:end], "utf-8")
        except UnicodeDecodeError as error:
            offset = start + error.start
            record = start if is_multiline else max(start, data.rfind(b"\n", start, offset) + 1)
            line = self.line + data.count(b"\n", start, offset)
            column = self._column(value_index(data, record, offset))
            self.refuse(codes.ENCODING.about(byte=data[offset]), line, column)

    def _place(self, record: bytes, offset: int) -> tuple[int, str | None]:
        """Return the line and column of a byte of the record at work."""
        line = self.line + record.count(b"\n", 0, offset)
        return line, self._column(value_index(record, 0, offset))

    def _column(self, index: int | None) -> str | None:
        columns = self.header.columns
        return columns[index] if index is not None and index < len(columns) else None
