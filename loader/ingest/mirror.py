"""A copy of the archive in object storage: batches go there when a run is over.

archive/.sent.json names the batches that were sent, each with the SHA-256 of its manifest. A batch
that it names and the archive no longer has was taken out here, so it is removed there. A batch that
is there and that it does not name, as after the loss of a disk, is never removed, but named; a
replay whose archive is empty fetches it.
"""

import hashlib
from pathlib import Path

from loader.atomic import atomic_folder, read_json, write_json
from loader.config.places import parse_location
from loader.config.settings import Settings, variable
from loader.errors import LoaderError
from loader.ingest.archive import MANIFEST, NAMED, ArchivedBatch, archive_dir, archived
from loader.storage.store import Store

SENT = ".sent.json"
SHOWN = 3


def mirror_archive(settings: Settings, url: str) -> list[str]:
    """Send what the copy lacks, remove what was taken out here, and return what was sent.

    Raises:
        LoaderError: the store refuses or cannot be reached, or it holds batches that never were
            here; whatever could be sent was sent.
    """
    store, folder = Store(parse_location(url)), archive_dir(settings)
    batches = {batch.folder.name: batch for batch in archived(settings)}
    sent, there = _sent(folder), _whole_batches(store)
    new = []
    for name, batch in batches.items():
        manifest = (batch.folder / MANIFEST).read_bytes()
        digest = hashlib.sha256(manifest).hexdigest()
        if sent.get(name) != digest or name not in there:
            if name not in there or store.read(f"{name}/{MANIFEST}") != manifest:
                _send(store, batch)
                new.append(name)
            sent[name] = digest
            write_json(folder / SENT, sent)
    strange = sorted(there - set(sent))
    for name in sorted(set(sent) - set(batches)):
        store.remove(name)
        del sent[name]
        write_json(folder / SENT, sent)
    if strange:
        _refuse(url, strange)
    return new


def fetch_archive(settings: Settings, url: str) -> list[str]:
    """Fetch the batches of the copy into an archive that has none, and return their names.

    Raises:
        LoaderError: the store refuses or cannot be reached; what was fetched stays.
    """
    store, folder = Store(parse_location(url)), archive_dir(settings)
    sent, there = _sent(folder), sorted(_whole_batches(store))
    for name in there:
        with atomic_folder(folder / name) as staging:
            staging.chmod(0o700)
            for file in store.sizes(name):
                store.download(f"{name}/{file}", staging / file)
            manifest = (staging / MANIFEST).read_bytes()
        sent[name] = hashlib.sha256(manifest).hexdigest()
        write_json(folder / SENT, sent)
    return there


def _sent(folder: Path) -> dict[str, str]:
    return read_json(folder / SENT, {})


def _send(store: Store, batch: ArchivedBatch) -> None:
    """Send a batch, its manifest last; one that was there in another form is removed first."""
    name = batch.folder.name
    store.remove(name)
    for path in sorted(batch.folder.iterdir()):
        if path.name != MANIFEST:
            store.upload(path, f"{name}/{path.name}")
    store.upload(batch.folder / MANIFEST, f"{name}/{MANIFEST}")


def _whole_batches(store: Store) -> set[str]:
    """Return the batches at a place whose manifest is there."""
    found = (path.partition("/") for path in store.sizes())
    return {name for name, _, file in found if file == MANIFEST and NAMED.fullmatch(name)}


def _refuse(url: str, names: list[str]) -> None:
    shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    raise LoaderError(
        f"{url} has {len(names)} batches that archive/ lacks ({shown}), and that were not taken "
        f"out of it here: is {variable('archive_url')} the place of another shop? If archive/ was "
        "lost, restore a backup, or replay the batches from there: loader replay"
    )
