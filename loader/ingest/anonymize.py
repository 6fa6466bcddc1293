"""Take a person out of delivered files: their rows become an anonymous customer's."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from loader.atomic import atomic_file
from loader.contract import TABLES, file_name
from loader.ingest.archive import ArchivedBatch, Files, described, packing, write_manifest
from loader.ingest.csv.body import CTRL_Z, MAX_RECORD_BYTES
from loader.ingest.csv.grammar import ERASED_LINE, one_record
from loader.ingest.csv.limits import Limits
from loader.ingest.csv.scan import FileScan, scan_file
from loader.ingest.person import Person, anonymous

EVERYTHING = Limits(
    rejected_lines=1 << 40, rejected_pct=100, file_bytes=1 << 50, may_lack_columns=True
)
csv.field_size_limit(MAX_RECORD_BYTES)


def scrub_batch(batch: ArchivedBatch, person: Person) -> Files:
    """Take a person out of an archived batch; return the entries of the files that lack them.

    Where it was stopped between a file and the manifest, the manifest follows.
    """
    for leftover in batch.folder.glob(".*"):
        leftover.unlink()
    entries = scrub_folder(batch.folder, [person])
    files = batch.files | entries
    if files != batch.files:
        write_manifest(batch.folder, batch.day, batch.load_id, files)
    return entries


def scrub_folder(folder: Path, people: list[Person]) -> Files:
    """Take people out of packed files; return the manifest's entries of those that lack them."""
    entries = {}
    for table in TABLES if people else ():
        path = folder / file_name(table, is_packed=True)
        # of each of them; a batch that is older than a table has no file of it
        if path.exists() and sum(scrub_file(table, path, person) for person in people):
            entries[table] = described(scan_file(table, path, EVERYTHING))
    return entries


def scrub_file(table: str, path: Path, person: Person) -> bool:
    """Take a person out of a packed file, which is read whole; return whether they are out of it.

    False where they never were in it; a file that lost them earlier names their pseudonym.
    """
    content = gzip.decompress(path.read_bytes())
    is_scrubbed = person.pseudonym.encode() in content
    if not person.may_stand_in(content):
        return is_scrubbed
    scan = scan_file(table, path, EVERYTHING)
    changed = b"".join(_scrubbed(content, scan, person))
    if changed == content:
        return is_scrubbed
    with atomic_file(path) as staging:
        with staging.open("wb") as raw, packing(raw) as out:
            out.write(_ended(changed, scan, len(content)))
        staging.chmod(0o600)
    return True


def _ended(changed: bytes, scan: FileScan, length: int) -> bytes:
    """Return a changed file whose last record has a line end, unless its last line is rejected.

    Without one, its last value would be compared with those that were changed.
    """
    if any(reject.offset + reject.length == length for reject in scan.rejects[-1:]):
        return changed
    changed = changed.rstrip(CTRL_Z)
    return changed if changed.endswith(b"\n") else changed + scan.terminator


def line_end(folder: Path, table: str) -> bytes:
    """Return how the lines of a packed file in a folder end."""
    with gzip.open(folder / file_name(table, is_packed=True)) as file:
        return b"\r\n" if file.readline().endswith(b"\r\n") else b"\n"


def _scrubbed(content: bytes, scan: FileScan, person: Person) -> Iterator[bytes]:
    """Yield the file's bytes, records of the person changed and lines that name them emptied."""
    record = one_record(len(scan.columns), scan.terminator)
    rejects = {reject.offset: reject.length for reject in scan.rejects}
    yield content[: scan.data_offset]
    position = scan.data_offset
    while position < len(content):
        if length := rejects.get(position):
            raw = content[position : position + length]
            is_named = person.is_named_in(raw)
            yield ERASED_LINE + scan.terminator if is_named else raw
        else:
            found = record.match(content, position)
            raw = found[0] if found else content[position:]  # the last has no line end
            yield _scrubbed_record(raw, scan, person) if person.may_stand_in(raw) else raw
        position += len(raw)


def _scrubbed_record(raw: bytes, scan: FileScan, person: Person) -> bytes:
    (values,) = csv.reader(io.StringIO(raw.decode(), newline=""), strict=True)
    row = dict(zip(scan.columns, values, strict=True))
    if not person.has_id(row.get("customer_id", "")):
        return raw
    row |= anonymous(scan.table, person.pseudonym)
    buffer = io.StringIO()
    end = scan.terminator.decode() if raw.endswith(scan.terminator) else ""
    csv.writer(buffer, lineterminator=end).writerow([row[column] for column in scan.columns])
    return buffer.getvalue().encode()
