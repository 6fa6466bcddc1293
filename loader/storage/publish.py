"""Publications at a place in object storage, each under a prefix of its own that never changes.

    current.json                        the pointer: prefix of the newest publication, and previous
    publications/000012-3f9a0c11d2ee/   its files, and files.json, written last: bytes and SHA-256

The prefix is named by what is in it, so what is sent again is the same. The pointer changes when
every file is there; what it does not name, newest or previous, is removed.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

from loader.atomic import file_hash
from loader.config.places import Location, parse_location
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.storage.store import Store

FOLDER, LISTING, POINTER, PAGE = "publications", "files.json", "current.json", "index.html"
LARGEST_COPY = 5 << 30  # that S3 makes in one request
REDIRECT = """\
<!doctype html>
<meta charset="utf-8">
<title>Dashboards</title>
<meta http-equiv="refresh" content="0; url={page}">
<a href="{page}">Dashboards</a>
"""


class Entry(TypedDict):
    """Say what a published file is."""

    bytes: int
    sha256: str


class Pointer(TypedDict):
    """Say which publication readers get, and where it and those before it lie."""

    publication_id: int
    logical_date: str
    prefix: str
    previous: list[str]


@dataclass(frozen=True)
class Sent:
    """Say where a publication lies, and how many of its files were sent and copied for it."""

    location: Location
    sent: int
    copied: int

    def __str__(self) -> str:
        if not self.sent + self.copied:
            return f"{self.location} has these files"
        return f"{self.location}: {self.sent} files sent, {self.copied} copied there"


def publish(
    url: str,
    folder: Path,
    names: Iterable[str],
    identity: tuple[int, date],
    settings: Settings,
) -> Sent:
    """Send files of a folder as a publication, then let the pointer name it.

    Args:
        url: The place.
        folder: Where the files lie.
        names: Their paths in it; an index.html makes a page that leads to it at the place itself.
        identity: Number and logical date of the publication.
        settings: How many publications stay, the newest among them.

    Raises:
        LoaderError: the store refuses or cannot be reached; the pointer names what it named.
    """
    store = Store(parse_location(url))
    entries = {name: _described(folder / name) for name in sorted(names)}
    number, day = identity
    content = {"publication_id": number, "logical_date": day.isoformat(), "files": entries}
    listing = (json.dumps(content, indent=2) + "\n").encode()
    prefix = f"{FOLDER}/{number:06}-{hashlib.sha256(listing).hexdigest()[:12]}"
    before = read_pointer(store)
    done = _send(store, folder, entries, prefix, before)
    if store.sizes(prefix).get(LISTING) != len(listing):
        store.write(f"{prefix}/{LISTING}", listing)
    pointer: Pointer = {
        "publication_id": number,
        "logical_date": day.isoformat(),
        "prefix": prefix,
        "previous": _previous(before, prefix)[: settings.keep_publications - 1],
    }
    _point(store, pointer, before)
    if PAGE in entries:
        page = REDIRECT.format(page=f"{prefix}/{PAGE}").encode()
        if store.read(PAGE) != page:
            store.replace(PAGE, page)
    _expire(store, pointer)
    return done


def read_pointer(store: Store) -> Pointer | None:
    """Return what the pointer says, None where nothing was published.

    Raises:
        LoaderError: it cannot be read.
    """
    content = store.read(POINTER)
    if content is None:
        return None
    try:
        pointer: Pointer = json.loads(content)
        _ = pointer["prefix"], pointer["previous"]
    except (ValueError, KeyError, TypeError):
        raise LoaderError(
            f"{store.location / POINTER} is no pointer to a publication: remove it, if the place "
            "is right, and what it named is sent again"
        ) from None
    return pointer


def keep_newest(url: str) -> None:
    """Remove every publication but the newest: they may name a person who was erased.

    Raises:
        LoaderError: the store refuses or cannot be reached.
    """
    store = Store(parse_location(url))
    before = read_pointer(store)
    if before:
        pointer: Pointer = {**before, "previous": []}
        _point(store, pointer, before)
        _expire(store, pointer)


def _described(path: Path) -> Entry:
    return {"bytes": path.stat().st_size, "sha256": file_hash(path)}


def _send(
    store: Store, folder: Path, entries: dict[str, Entry], prefix: str, before: Pointer | None
) -> Sent:
    """Bring all files to a prefix: those that lie in the previous one are copied by the store.

    Raises:
        LoaderError: a file at the store is not as long as the one that was sent.
    """
    previous = before["prefix"] if before and before["prefix"] != prefix else ""
    known = _listed(store, previous) if previous else {}
    there = store.sizes(prefix)  # of an attempt that was stopped, or of this publication
    copied = sent = 0
    for name, entry in entries.items():
        if there.get(name) == entry["bytes"]:
            continue
        if known.get(name) == entry and entry["bytes"] <= LARGEST_COPY:
            store.copy(f"{previous}/{name}", f"{prefix}/{name}")
            copied += 1
        else:
            store.upload(folder / name, f"{prefix}/{name}")
            sent += 1
    there = store.sizes(prefix)
    wrong = [name for name, entry in entries.items() if there.get(name) != entry["bytes"]]
    if wrong:
        raise LoaderError(
            f"{store.location / prefix} lacks {', '.join(wrong)}, or holds another size: does "
            "another shop publish to this place, or did a rule of the bucket remove it?"
        )
    return Sent(store.location / prefix, sent, copied)


def _listed(store: Store, prefix: str) -> dict[str, Entry]:
    """Return the files of a publication by name; none where its list is gone."""
    try:
        files: dict[str, Entry] = json.loads(store.read(f"{prefix}/{LISTING}") or b"{}")["files"]
    except (ValueError, KeyError):
        return {}
    return files


def _previous(before: Pointer | None, prefix: str) -> list[str]:
    named = [before["prefix"], *before["previous"]] if before else []
    return [name for name in named if name != prefix]


def _point(store: Store, pointer: Pointer, before: Pointer | None) -> None:
    if pointer != before:
        store.replace(POINTER, (json.dumps(pointer, indent=2) + "\n").encode())


def _expire(store: Store, pointer: Pointer) -> None:
    """Remove the publications that the pointer does not name, and what stopped attempts left."""
    named = {pointer["prefix"], *pointer["previous"]}
    found = {f"{FOLDER}/{name.partition('/')[0]}" for name in store.sizes(FOLDER) if "/" in name}
    for prefix in sorted(found - named):
        store.remove(prefix)
