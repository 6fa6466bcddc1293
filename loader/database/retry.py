"""Where work on the database is tried again after a transient error, and never after bad data."""

from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from loader.config.settings import load_settings
from loader.database.errors import database_errors
from loader.errors import TransientError

LONGEST_WAIT = 60  # seconds


def retry_transient[Found](
    work: Callable[[], Found], before_sleep: Callable[[RetryCallState], None] | None = None
) -> Found:
    """Return what work on the database gives, done again as a whole after a transient error.

    It opens its sessions itself, and writes in one transaction, or what is safe to write again.
    The waits double, with jitter: SHOP_ATTEMPTS says how often it is done in all (4),
    SHOP_RETRY_WAIT how long the first wait is (2 s).

    Raises:
        LoaderError: the database refuses, or cannot be reached for long.
    """

    def attempt() -> Found:
        with database_errors("the database failed"):
            return work()

    settings = load_settings()
    first_wait = settings.retry_wait
    attempts = Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(settings.attempts),
        wait=wait_exponential_jitter(multiplier=first_wait, max=LONGEST_WAIT, jitter=first_wait),
        before_sleep=before_sleep,
        reraise=True,
    )
    return attempts(attempt)
