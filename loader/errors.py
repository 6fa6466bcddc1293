"""The exceptions that a user can act on."""


class LoaderError(Exception):
    """Say what went wrong and what to do about it; the command ends with exit code 1."""


class BusyError(LoaderError):
    """Say that another run is at work: what nobody watches waits for it."""


class TransientError(LoaderError):
    """Say that something failed that may work in a moment: it is tried again."""
