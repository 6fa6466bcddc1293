"""A person who is erased, and the anonymous customer who takes their place."""

import re
from dataclasses import dataclass

WORD_ENDS = re.compile(rb'[",;\s]+')


@dataclass(frozen=True)
class Person:
    """Hold by what a person is found, and the id that takes the place of theirs."""

    customer_id: str
    pseudonym: str
    values: frozenset[str] = frozenset()  # e-mail, phone, address, as they were delivered

    def may_stand_in(self, content: bytes) -> bool:
        """Tell whether anything of the person, or an id that begins like theirs, stands there."""
        return any(value.encode() in content for value in (self.customer_id, *self.values))

    def is_named_in(self, line: bytes) -> bool:
        """Tell whether a line that is no record names the person."""
        is_their_id = self.customer_id.encode() in WORD_ENDS.split(line)
        return is_their_id or any(value.encode() in line for value in self.values)


def anonymous(table: str, pseudonym: str) -> dict[str, str]:
    """Return what a row of the person says instead; what is not named stays."""
    if table == "customers":
        return {
            "customer_id": pseudonym,
            "first_name": "Erased",
            "last_name": "Customer",
            "email": f"{pseudonym.lower()}@erased.invalid",
            "phone": "",
        }
    return {"customer_id": pseudonym, "shipping_address": ""}
