"""A person who is erased, and the anonymous customer who takes their place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Hold by what a person is found, and the id that takes the place of theirs."""

    customer_id: str
    pseudonym: str
    values: frozenset[str] = frozenset()  # e-mail, phone, address, as they were delivered

    def stands_in(self, content: bytes) -> bool:
        """Tell whether anything of the person stands in some bytes."""
        return any(value.encode() in content for value in (self.customer_id, *self.values))


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
