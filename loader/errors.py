"""The one exception that a user can act on."""


class LoaderError(Exception):
    """Say what went wrong and what to do about it; the command ends with exit code 1."""
