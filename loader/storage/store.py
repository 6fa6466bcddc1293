"""Read and write the objects of one place, a piece at a time, again after a transient error."""

import hashlib
import mimetypes
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pyarrow import ArrowException, NativeFile
from pyarrow.fs import FileSelector, FileType

from loader.atomic import atomic_file
from loader.config.places import Location
from loader.database.retry import retry_transient
from loader.errors import LoaderError, TransientError
from loader.storage.filesystems import filesystem, storage_error

CHUNK_BYTES = 1 << 20
# Azure's file system holds in memory what was not flushed; the others send full parts themselves.
FLUSHED_BYTES = 16 << 20
STAGED = ".new"


class Store:
    """Reach the objects below a place by their names.

    Each method does its work again as a whole after a transient error, as often and with the waits
    that work on the database has.

    Raises:
        LoaderError: the store refuses, or cannot be reached for long; one line, free of secrets.
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        self._files = filesystem(location)

    def sizes(self, folder: str = "", *, is_deep: bool = True) -> dict[str, int]:
        """Return the bytes of all objects below a folder by their names in it, or in it alone."""
        path = self._path(folder)
        selector = FileSelector(path, allow_not_found=True, recursive=is_deep)

        def found() -> dict[str, int]:
            return {
                each.path[len(path) + 1 :]: each.size or 0
                for each in self._files.get_file_info(selector)
                if each.type is FileType.File and not each.path.endswith("/")
            }

        return self._attempted("cannot list", folder, found)

    def read(self, name: str) -> bytes | None:
        """Return a small object's content, None where there is none."""

        def content() -> bytes | None:
            try:
                with self._files.open_input_stream(self._path(name)) as stream:
                    return stream.read()
            except FileNotFoundError:
                return None

        return self._attempted("cannot read", name, content)

    def download(self, name: str, target: Path) -> str:
        """Write an object to a file, whole or not at all, and return its SHA-256."""

        def written() -> str:
            with atomic_file(target) as staging, staging.open("wb") as file:
                return self._streamed(name, file)

        return self._attempted("cannot fetch", name, written)

    def sha256(self, name: str) -> str:
        """Read an object to its end and return its SHA-256."""
        return self._attempted("cannot read back", name, lambda: self._streamed(name, None))

    def upload(self, source: Path, name: str) -> None:
        """Send a file."""

        def send() -> None:
            with source.open("rb") as file, self._opened(name, {}) as stream:
                unflushed = 0
                while chunk := file.read(CHUNK_BYTES):
                    stream.write(chunk)
                    unflushed += len(chunk)
                    if self.location.scheme == "az" and unflushed >= FLUSHED_BYTES:
                        stream.flush()
                        unflushed = 0

        self._attempted("cannot send", name, send)

    def write(self, name: str, content: bytes) -> None:
        """Send a small object."""

        def send() -> None:
            with self._opened(name, {}) as stream:
                stream.write(content)

        self._attempted("cannot send", name, send)

    def replace(self, name: str, content: bytes) -> None:
        """Make what readers follow another: they see what it was, or what it is, and no half.

        Azure empties an object that is written to, so it is written beside and copied by the store.
        """

        def send() -> None:
            with self._opened(name + STAGED, {"Cache-Control": "no-cache"}, name) as stream:
                stream.write(content)
            self._files.copy_file(self._path(name + STAGED), self._path(name))
            self._files.delete_file(self._path(name + STAGED))

        self._attempted("cannot replace", name, send)

    def copy(self, source: str, target: str) -> None:
        """Let the store copy an object, which then does not travel."""
        copy = self._files.copy_file
        self._attempted("cannot copy", source, lambda: copy(self._path(source), self._path(target)))

    def remove(self, folder: str) -> None:
        """Remove all objects below a folder, if there is any."""
        path = self._path(folder)
        selector = FileSelector(path, allow_not_found=True, recursive=True)

        def remove() -> None:
            if self._files.get_file_info(selector):
                with suppress(FileNotFoundError):  # no object bears the folder's own name
                    self._files.delete_dir(path)

        self._attempted("cannot remove", folder, remove)

    def _opened(self, name: str, metadata: dict[str, str], kind_of: str = "") -> NativeFile:
        kind, _ = mimetypes.guess_type(kind_of or name)
        if kind and kind.startswith("text/"):
            kind += "; charset=utf-8"
        metadata = {"Content-Type": kind or "application/octet-stream", **metadata}
        return self._files.open_output_stream(self._path(name), metadata=metadata)

    def _streamed(self, name: str, target: BinaryIO | None) -> str:
        """Read an object, write it to a file if there is one, and return its SHA-256."""
        digest = hashlib.sha256()
        with self._files.open_input_stream(self._path(name)) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                if target:
                    target.write(chunk)
        return digest.hexdigest()

    def _path(self, name: str) -> str:
        return (self.location / name).path

    def _attempted[Found](self, doing: str, name: str, work: Callable[[], Found]) -> Found:
        def attempt() -> Found:
            try:
                return work()
            except (OSError, ArrowException) as error:
                raise storage_error(f"{doing} {self.location / name}", error) from None

        try:
            return retry_transient(attempt)
        except TransientError as error:  # what called this need not try again what was tried here
            raise LoaderError(str(error)) from None
