"""Write what the sample shop delivers on a day: its files, a manifest and the truth."""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from rich.console import Console
from rich.progress import Progress

from loader.atomic import atomic_folder
from loader.contract import REQUIRED_TABLES, TABLES, file_name
from loader.errors import LoaderError
from loader.generator.batch import Batch, Delivery, World
from loader.generator.defects import Damaged
from loader.generator.kinds import LINE, QUARANTINED
from loader.generator.planting import Piece, Planter
from loader.generator.returns import Returns, ReturnsTruth, return_rows, returns_of
from loader.generator.settings import ShopSettings
from loader.generator.truth import Tally, amount, truth, write_true_customers

MANIFEST, TRUTH, ANSWERS = "manifest.json", "truth.json", "answer_key.jsonl"
TRUE_CUSTOMERS = "truth_customers.jsonl"
PIECES = {"quantity", "stock_quantity"}  # are summed besides amounts of money


def generate(landing_dir: Path, batch: Batch, settings: ShopSettings) -> Path:
    """Write the files of a batch, its manifest and its truth; return their folder.

    Where defects are planted, the answer key stands beside them.

    The folder is named by the batch's date. The same arguments give the same bytes, on any machine
    and in any order of days. All of it is written atomically: nobody sees half a batch.

    Raises:
        LoaderError: the shop was not open yet, or the folder holds files that were not generated.
    """
    planter = Planter(World(settings, batch))
    target = landing_dir / batch.day.isoformat()
    _refuse_foreign_files(target)
    with atomic_folder(target) as aside:
        files, tally = _write_files(aside, planter)
        returned = _write_returns(aside, planter.world, files) if settings.has_returns else None
        manifest = {"batch": asdict(batch), "settings": settings.as_values(), "files": files}
        if not planter.world.shares.are_none:
            manifest["defects"] = _defects(planter)
            _write_answers(aside / ANSWERS, planter)
        _write_json(aside / MANIFEST, manifest)
        _write_json(aside / TRUTH, truth(planter.world, tally, returned))
        write_true_customers(aside / TRUE_CUSTOMERS, planter.rows)
    return target


def _write_files(folder: Path, planter: Planter) -> tuple[dict[str, Any], Tally]:
    """Write the files; sales go through in pieces, so memory does not grow with history."""
    world, tally = planter.world, Tally()
    with _opened(folder) as files, _progress(world) as advance:
        files["customers"].write(planter.customers())
        for sold in world.deliveries():
            for piece in planter.sales(sold):
                files[piece.table].write(piece)
            tally.add(sold, world.before)
            advance(sold)
        files["products"].write(planter.products())  # the last day's stock is known by then
    return {file_name(table): file.summary() for table, file in files.items()}, tally


def _write_returns(folder: Path, world: World, files: dict[str, Any]) -> ReturnsTruth:
    """Write what came back, describe the file among the others, and return the truth about it."""
    returned, known = returns_of(world)
    with (folder / file_name("returns")).open("wb") as handle:
        file = CsvFile("returns", handle)
        file.write(_piece(world, returned))
    files[file_name("returns")] = file.summary()
    return known


def _piece(world: World, returned: Returns) -> Piece:
    sums = {
        "quantity": int(returned.quantity.sum()),
        "refund_amount": int(returned.refund.sum()),
    }
    count = len(returned.day)
    whole = Damaged(
        return_rows(world, returned), count, np.arange(2, 2 + count), np.zeros(count, dtype=bool)
    )
    return Piece("returns", sums, whole)


class CsvFile:
    """Write a table piece by piece; know its rows, bytes, hash, and the sums of the true rows."""

    def __init__(self, table: str, file: BinaryIO) -> None:
        self._file, self._digest = file, hashlib.sha256()
        self._rows = self._bytes = 0
        self._sums: Counter[str] = Counter()
        self._put(",".join(TABLES[table]).encode() + b"\n")

    def write(self, piece: Piece) -> None:
        """Write more rows."""
        self._put(piece.damaged.text)
        self._rows += piece.damaged.line_count
        self._sums.update(piece.sums)

    def summary(self) -> dict[str, Any]:
        """Return rows, bytes and hash of what was written, and the sums of what is true."""
        return {
            "rows": self._rows,
            "bytes": self._bytes,
            "sha256": self._digest.hexdigest(),
            "true_sums": {
                column: str(total) if column in PIECES else amount(total)
                for column, total in self._sums.items()
            },
        }

    def _put(self, text: bytes) -> None:
        self._file.write(text)
        self._digest.update(text)
        self._bytes += len(text)


def _defects(planter: Planter) -> dict[str, Any]:
    """Return how many defects of each kind were planted, and what that leaves of each table."""
    answers = planter.damage.answers
    return {
        "planted": dict(sorted(Counter(answer.kind for answer in answers).items())),
        "expected_in_quarantine": {
            table: sum(
                answer.file == file_name(table) and answer.outcome in {QUARANTINED, LINE}
                for answer in answers
            )
            for table in REQUIRED_TABLES
        },
    }


def _write_answers(path: Path, planter: Planter) -> None:
    order = {file_name(table): place for place, table in enumerate(TABLES)}
    answers = sorted(planter.damage.answers, key=lambda one: (order[one.file], one.line, one.rules))
    lines = (json.dumps(asdict(answer)) + "\n" for answer in answers)
    path.write_text("".join(lines), encoding="utf-8")


@contextmanager
def _opened(folder: Path) -> Iterator[dict[str, CsvFile]]:
    handles = {table: (folder / file_name(table)).open("wb") for table in REQUIRED_TABLES}
    try:
        yield {table: CsvFile(table, handle) for table, handle in handles.items()}
    finally:
        for handle in handles.values():
            handle.close()


@contextmanager
def _progress(world: World) -> Iterator[Any]:
    """Show how far the days have come, on a terminal."""
    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task("generating", total=world.day - world.first_day + 1)

        def advance(sold: Delivery) -> None:
            if len(sold.day):
                progress.update(task, completed=int(sold.day[-1]) - world.first_day + 1)

        yield advance


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, default=_json_value) + "\n", encoding="utf-8")


def changed_settings(manifest: Path, settings: ShopSettings) -> list[str]:
    """Return which settings are not those of a batch's manifest; defects do not count."""
    previous = json.loads(manifest.read_text(encoding="utf-8")).get("settings", {})
    now = json.loads(json.dumps(settings.as_values(), default=_json_value))
    return [key for key in now if key != "defects" and now[key] != previous.get(key)]


def _json_value(value: object) -> object:
    """Return a setting as a number; the shortest text that reads as it is the same everywhere."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _refuse_foreign_files(folder: Path) -> None:
    """Keep files that somebody delivered from being replaced by synthetic ones."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise LoaderError(
            f"{folder} holds files that were not generated; load them with --landing, "
            "or move them away"
        )
