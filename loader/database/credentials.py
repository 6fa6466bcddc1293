"""As which role a step connects.

Without SHOP_ROLES everything connects as whom the PG* variables name, or the embedded server's
own user. With it, the loader's steps connect as shop_loader and dbt as shop_transformer, with the
passwords of SHOP_LOADER_PASSWORD and SHOP_TRANSFORMER_PASSWORD; `loader roles` makes the roles.
SHOP_PASSWORD_COMMAND, where it is set, is asked for all of them, whoever connects.
"""

from collections.abc import Mapping

from loader.config.settings import load_settings, variable
from loader.password import fresh_password

LOADER, TRANSFORMER, BI, OWNER = "loader", "transformer", "bi", "owner"
WITH_LOGIN = (LOADER, TRANSFORMER, BI)


def role_name(role: str) -> str:
    """Return the name of a role on the server; SHOP_ROLE_PREFIX tells shops on one server apart."""
    return f"{load_settings().role_prefix}_{role}"


def password_variable(role: str) -> str:
    """Return the name of the variable that holds a role's password."""
    return variable(f"{role}_password")


def role_password(role: str) -> str | None:
    """Return the password of a role that can log in, None where none is set."""
    settings = load_settings()
    passwords = {
        LOADER: settings.loader_password,
        TRANSFORMER: settings.transformer_password,
        BI: settings.bi_password,
    }
    found = passwords[role]
    return found.get_secret_value() if found else None


def are_roles_in_use() -> bool:
    """Return whether the steps connect as roles of their own."""
    return load_settings().roles


def login(role: str | None) -> dict[str, str]:
    """Return psycopg2's parameters of a role, empty where roles are not in use (None: never)."""
    if role is None or not are_roles_in_use():
        return {}
    password = role_password(role)
    return {"user": role_name(role)} | ({"password": password} if password else {})


def with_fresh_password(parameters: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return psycopg2's parameters of one new connection, its password fetched where it expires.

    Raises:
        LoaderError: SHOP_PASSWORD_COMMAND failed.
    """
    password = fresh_password(str(parameters["host"]), str(parameters["user"]))
    return {**parameters} | ({"password": password} if password else {})


def dbt_login() -> dict[str, str]:
    """Return the variables by which dbt connects, and none that hold another role's password."""
    found = login(TRANSFORMER)
    if not found:
        return {}
    others = {password_variable(role): "" for role in WITH_LOGIN}
    own = {"PGPASSWORD": found["password"]} if "password" in found else {}
    return others | own | {"PGUSER": found["user"]}
