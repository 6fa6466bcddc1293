"""A person who is erased, and the anonymous customer who takes their place."""

from dataclasses import dataclass

from loader.contract import ERASED
from loader.ingest.identifiers import clean_id, ids_in

PLAIN_TEXT = bytes(range(0x20, 0x7F)) + b"\r\n"


@dataclass(frozen=True)
class Person:
    """Hold by what a person is found, and the id that takes the place of theirs."""

    customer_id: str  # as clean_id gives it
    pseudonym: str
    values: frozenset[str] = frozenset()  # e-mail, phone, address, as they were delivered

    def has_id(self, delivered: str) -> bool:
        """Return whether a delivered id is the person's, however it was written."""
        return clean_id(delivered) == self.customer_id

    def may_stand_in(self, content: bytes) -> bool:
        """Return whether the person may stand there: by a value, or by an id in any writing."""
        is_spaced = " " in self.customer_id  # by whatever space, a line break too
        return is_spaced or not is_plain(content) or self._is_said_in(content)

    def stands_in(self, content: bytes) -> bool:
        """Return whether a value of the person, or an id that begins like theirs, stands there."""
        if self._is_said_in(content):
            return True
        return self.may_stand_in(content) and self.customer_id in clean_id(
            content.replace(b"\0", b"").decode(errors="replace")
        )

    def is_named_in(self, line: bytes) -> bool:
        """Return whether a line that is no record names the person."""
        return self.customer_id in ids_in(line) or _has_one_of(self.values, line)

    def _is_said_in(self, content: bytes) -> bool:
        return self.customer_id.encode() in content or _has_one_of(self.values, content)


def is_plain(content: bytes) -> bool:
    """Return whether ids stand there as they are: visible ASCII, nothing doubled."""
    return not (content.translate(None, PLAIN_TEXT) or b"  " in content or b'""' in content)


def _has_one_of(values: frozenset[str], content: bytes) -> bool:
    """Return whether a value stands there, in any case of ASCII, as text or quoted."""
    searched = content.lower() if values else b""
    return any(
        written.encode().lower() in searched
        for value in values
        for written in {value, value.replace('"', '""')}
    )


def anonymous(table: str, pseudonym: str) -> dict[str, str]:
    """Return what a row of the person says instead; what is not named stays."""
    values = {column: text.format(id=pseudonym.lower()) for column, text in ERASED[table].items()}
    return {"customer_id": pseudonym, **values}
