"""Files that the loader and Spark give each other: in a folder, or in object storage."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loader.config.places import Location, is_url, parse_location
from loader.config.settings import Settings
from loader.storage.filesystems import hadoop_url
from loader.storage.store import Store


class LocalFolder:
    """Hold files in a folder that the loader and all workers have under one path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.address = str(path)

    def write(self, name: str, make: Callable[[Path], None]) -> None:
        """Put a file that `make` writes in the place of the one before, when it is whole."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)  # the files hold persons
        staging = self.path / f".{name}"  # of that name, the next one replaces what a kill left
        make(staging)
        staging.replace(self.path / name)

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """Yield a folder on this machine with the files that Spark wrote below a name."""
        yield self.path / name

    def remove(self) -> None:
        """Remove all of it, if there is any."""
        shutil.rmtree(self.path, ignore_errors=True)


class StoredFolder:
    """Hold files in object storage; one is on this machine while it is written or read.

    Raises:
        LoaderError: the store refuses, or cannot be reached for long.
    """

    def __init__(self, location: Location, copies: Path) -> None:
        self.address = hadoop_url(location)
        self.store = Store(location)
        self.copies = LocalFolder(copies)

    def write(self, name: str, make: Callable[[Path], None]) -> None:
        """Put a file that `make` writes in the place of the one before, when it is whole."""
        try:
            self.copies.write(name, make)
            self.store.upload(self.copies.path / name, name)
        finally:
            self.copies.remove()

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """Yield a folder on this machine with the files that Spark wrote below a name."""
        folder = self.copies.path / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            for file in self.store.sizes(name):
                self.store.download(f"{name}/{file}", folder / file)
            yield folder
        finally:
            self.copies.remove()

    def remove(self) -> None:
        """Remove all of it, if there is any."""
        self.store.remove("")


def shared_folder(settings: Settings, name: str) -> LocalFolder | StoredFolder:
    """Return a folder of the storage that the loader and all workers of Spark see."""
    place = settings.spark_storage
    if place and is_url(place):
        return StoredFolder(parse_location(place) / name, settings.spark_dir / "copies" / name)
    return LocalFolder(settings.spark_storage_dir / name)
