"""Where data lies: a folder, or a place in object storage that a URL names."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

FORM = "a URL such as s3://bucket/prefix, gs://… or az://…, without credentials, ? or # in it"
NAMED = re.compile(r"(s3|gs|az)://([a-z0-9][a-z0-9._-]*[a-z0-9])(?:/([^?#\\\x00-\x1f\x7f]*))?")


@dataclass(frozen=True)
class Location:
    """Name a bucket, or what Azure calls a container, and the prefix of what lies there."""

    scheme: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"

    def __truediv__(self, name: str) -> "Location":
        return replace(self, prefix=f"{self.prefix}/{name}".lstrip("/"))

    @property
    def path(self) -> str:
        """Return bucket and prefix, as pyarrow writes them."""
        return f"{self.bucket}/{self.prefix}".rstrip("/")


def is_url(text: str) -> bool:
    """Return whether a text is meant as a URL and not as a folder's path."""
    return "://" in text


def parse_location(text: str) -> Location:
    """Return the place that a URL names.

    Raises:
        ValueError: it is none, or holds more than bucket and prefix, as a password or a token;
            the message does not quote it.
    """
    named = NAMED.fullmatch(text)
    parts = (named[3] or "").rstrip("/").split("/") if named else []
    if named is None or {".", ".."} & set(parts) or "" in parts[:-1]:
        raise ValueError(FORM)
    return Location(named[1], named[2], "/".join(parts))


def parse_place(text: str) -> Path | Location:
    """Return the folder or the place in object storage that a text names.

    Raises:
        ValueError: it is a URL that names no such place.
    """
    return parse_location(text) if is_url(text) else Path(text)


def valid_url(text: str) -> str:
    """Return a URL of object storage as it was written.

    Raises:
        ValueError: it is none.
    """
    parse_location(text)
    return text


def valid_place(text: str) -> str:
    """Return a folder's path or a URL of object storage as it was written.

    Raises:
        ValueError: it is a URL of something else.
    """
    parse_place(text)
    return text
