"""A shop whose days roles run, each with the least rights; see docs/security.md."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from conftest import ScratchDatabase
from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    execute,
    query,
    run_well,
    write_batch,
)
from loader.config.settings import Settings
from loader.database.credentials import WITH_LOGIN, password_variable, role_name
from loader.database.embedded.sockets import PORT
from loader.database.roles import set_up_roles

# What must not be found anywhere but where it belongs.
PLANTED = {
    "email": "planted.person@example.com",
    "phone": "+15550198765",
    "address": "77 Planted Street",
    "name": "Plantedson",
}


@dataclass(frozen=True)
class RoleShop:
    """Name the folder of a shop that roles run, and each role's password."""

    root: Path
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def role_shop(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RoleShop]:
    """Yield a shop whose first day was run by the roles, and the environment of that run."""
    root = tmp_path_factory.mktemp("roles")
    batch = write_batch(
        root / "batch",
        customers=[
            a_customer(1, email=PLANTED["email"], phone=PLANTED["phone"]),
            a_customer(2, email=PLANTED["email"], last_name=PLANTED["name"]),
        ],
        products=[a_product(1)],
        transactions=[a_transaction(1, "2025-03-01", shipping_address=PLANTED["address"])],
        transaction_items=[an_item(1, 1), an_item(2, 9)],
    )
    with (batch / "customers.csv").open("a") as file:
        file.write(f"{PLANTED['email']}\n")
    prefix = f"test_{secrets.token_hex(4)}"
    passwords = {role: secrets.token_urlsafe(24) for role in WITH_LOGIN}
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        patch.setenv("SHOP_ROOT", str(root))
        patch.setenv("SHOP_ROLE_PREFIX", prefix)
        patch.setenv("DBT_TARGET_PATH", str(root / "target"))
        patch.setenv("DBT_LOG_PATH", str(root / "target"))
        for role, password in passwords.items():
            patch.setenv(password_variable(role), password)
        try:
            set_up_roles(Settings(root=root))
            patch.setenv("SHOP_ROLES", "1")
            run_well("2025-03-01", batch, "load", "build", "export", "report")
            yield RoleShop(root, passwords)
        finally:
            patch.delenv("SHOP_ROLES", raising=False)
            for (name,) in query(f"select rolname from pg_roles where rolname ~ '^{prefix}_'"):
                execute(f"drop owned by {name} cascade; drop role {name}")


def session(shop: RoleShop, role: str) -> psycopg2.extensions.connection:
    """Return a session of a role, with its password."""
    password = shop.passwords[role]
    return psycopg2.connect(
        host=os.environ["PGHOST"],
        port=os.environ.get("PGPORT") or PORT,
        dbname=os.environ["PGDATABASE"],
        user=role_name(role),
        password=password,
    )
