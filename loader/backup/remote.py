"""Backups in object storage: their files lie there alone, their manifests here as well.

A backup is made in the folder of backups, its files are sent and read back, its manifest is sent
last, and the files here are removed. What could not be sent stays whole, and the next backup sends
it. On another machine the manifests are fetched first, and with them all is as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loader.backup.create import MANIFEST, NAMED, Backup, backups
from loader.config.places import parse_location
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.storage.store import Store


def send_backups(settings: Settings, url: str) -> list[str]:
    """Send every backup whose files are here, remove the oldest there, and return what was sent.

    Raises:
        LoaderError: the store refuses, cannot be reached, or gives back other bytes than it got;
            the files stay here.
    """
    store, folder = Store(parse_location(url)), settings.backups_dir
    waiting = [made for made in reversed(backups(folder)) if _are_here(folder, made)]
    for backup in waiting:
        _send(store, folder, backup)
    _expire(store, settings)
    return [backup.name for backup in waiting]


def _are_here(folder: Path, backup: Backup) -> bool:
    return all((folder / backup.name / name).is_file() for name in backup.files)


def _send(store: Store, folder: Path, backup: Backup) -> None:
    for name, expected in backup.files.items():
        store.upload(folder / backup.name / name, f"{backup.name}/{name}")
        if store.sha256(f"{backup.name}/{name}") != expected.sha256:
            raise LoaderError(
                f"{store.location / backup.name}/{name} was read back and is not what was sent: "
                f"the backup stays in {folder}"
            )
    store.upload(folder / backup.name / MANIFEST, f"{backup.name}/{MANIFEST}")
    for name in backup.files:
        (folder / backup.name / name).unlink()


def _expire(store: Store, settings: Settings) -> None:
    """Remove the oldest beyond SHOP_KEEP_BACKUPS, and what stopped attempts left."""
    there = store.sizes()
    found = {name for name in (path.partition("/")[0] for path in there) if NAMED.fullmatch(name)}
    whole = sorted((name for name in found if f"{name}/{MANIFEST}" in there), reverse=True)
    for name in sorted(found - set(whole[: settings.keep_backups])):
        store.remove(name)


def fetch_manifests(settings: Settings, url: str) -> None:
    """Fetch the manifests that are not here, as on a new machine.

    Raises:
        LoaderError: the store refuses or cannot be reached.
    """
    store, folder = Store(parse_location(url)), settings.backups_dir
    for path in store.sizes():
        name, _, file = path.partition("/")
        if NAMED.fullmatch(name) and file == MANIFEST and not (folder / path).exists():
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            store.download(path, folder / path)


@contextmanager
def fetched(settings: Settings, url: str, backup: Backup) -> Iterator[None]:
    """Fetch the files of a backup that are not here, and remove them in the end.

    Raises:
        LoaderError: one is not there, or the store refuses or cannot be reached.
    """
    store, folder = Store(parse_location(url)), settings.backups_dir
    missing = [name for name in backup.files if not (folder / backup.name / name).is_file()]
    try:
        for name in missing:
            store.download(f"{backup.name}/{name}", folder / backup.name / name)
        yield
    finally:
        for name in missing:
            (folder / backup.name / name).unlink(missing_ok=True)
