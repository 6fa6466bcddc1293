"""A delivered batch: fetched where a URL names it, and complete before anything of it is read."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from loader.atomic import atomic_folder, file_hash
from loader.config.places import Location
from loader.config.settings import Settings, variable
from loader.contract import REQUIRED_TABLES, TABLES, file_name
from loader.errors import LoaderError

SUMS = "SHA256SUMS"
LINE = re.compile(r"\\?([0-9a-f]{64}) [ *](?:\./)?(.+)")  # as sha256sum writes it


def local_batch(place: Path | Location, settings: Settings, day: date) -> Path:
    """Return the folder of a complete batch: the one given, or landing/<date> once it is fetched.

    Raises:
        LoaderError: the batch is not complete, changed while it was fetched, or its sums are not
            those that were delivered with it; landing/<date> is then what it was.
    """
    marker = settings.landing_marker
    if isinstance(place, Path):
        if place.is_dir() and marker:
            _check_complete(str(place), {path.name for path in place.iterdir()}, marker)
            _check_sums(place, marker, lambda name: file_hash(place / name))
        return place
    from loader.storage.store import Store  # noqa: PLC0415  (pyarrow is slow to import)

    folder = settings.landing_dir / day.isoformat()
    store = Store(place)
    there = store.sizes(is_deep=False)
    _check_complete(str(place), set(there), marker)
    wanted = _wanted(there, marker)
    with atomic_folder(folder) as staging:
        sums = {name: store.download(name, staging / name) for name in wanted}
        if _wanted(store.sizes(is_deep=False), marker) != wanted or any(
            (staging / name).stat().st_size != size for name, size in wanted.items()
        ):
            raise LoaderError(f"{place} changed while it was fetched: run again when it is whole")
        if marker:
            _check_sums(staging, marker, sums.__getitem__)
    return folder


def _wanted(there: dict[str, int], marker: str | None) -> dict[str, int]:
    """Return what is fetched of a batch: its files, plain or packed, and the marker."""
    names = {file_name(table, is_packed=packed) for table in TABLES for packed in (False, True)}
    return {name: size for name, size in there.items() if name in names or name == marker}


def _check_complete(place: str, there: set[str], marker: str | None) -> None:
    """Refuse a batch that lacks a file or the marker.

    Raises:
        LoaderError: names what is missing.
    """
    missing = [
        file_name(table)
        for table in REQUIRED_TABLES
        if not {file_name(table), file_name(table, is_packed=True)} & there
    ]
    if marker and marker not in there:
        missing.append(f"{marker} ({variable('landing_marker')})")
    if missing:
        hint = "" if there else " (nothing at all is there: is the place right?)"
        raise LoaderError(
            f"the batch in {place} is not complete, it lacks {', '.join(missing)}{hint}: nothing "
            "was loaded; run the day again when it is delivered"
        )


def _check_sums(folder: Path, marker: str, sum_of: Callable[[str], str]) -> None:
    """Compare the files with the sums that were delivered with them, if the marker is of these.

    Raises:
        LoaderError: names the files that are not listed, or others than those listed.
    """
    if marker != SUMS and not marker.endswith(".sha256"):
        return
    lines = (folder / marker).read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {found[2]: found[1] for line in lines if (found := LINE.fullmatch(line))}
    present = _wanted(dict.fromkeys((path.name for path in folder.iterdir()), 0), None)
    wrong = [name for name in sorted(present) if listed.get(name) != sum_of(name)]
    if wrong:
        raise LoaderError(
            f"{', '.join(wrong)}: not listed in {marker}, or another file than the one listed "
            "there; nothing was loaded, have the batch delivered again"
        )
