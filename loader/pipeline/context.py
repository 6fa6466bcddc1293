"""What is to be run, and what the steps of a run have in common."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from loader.config.places import Location
from loader.config.settings import Settings
from loader.dbt.program import DBT
from loader.generator.settings import HISTORY_DAYS, ShopChoice
from loader.history.lock import RunLock
from loader.history.runs import RunRecord
from loader.pipeline.log import RunLog

DEFAULT_SHOP = ShopChoice()


@dataclass(frozen=True)
class Order:
    """Say what to run: the steps (none: all), for which date, and where files are delivered.

    Without a place, a sample shop delivers them: `shop` says which one. A replay builds what is
    archived; a full refresh makes the mart anew and publishes it whole.
    """

    steps: tuple[str, ...] = ()
    day: date | None = None
    landing: Path | Location | None = None
    dbt: tuple[str, ...] = DBT
    is_verbose: bool = False
    shop: ShopChoice = DEFAULT_SHOP
    history_days: int = HISTORY_DAYS
    is_replay: bool = False
    is_full_refresh: bool = False
    is_waiting: bool = False  # for a run at work


@dataclass
class Run:
    """Hold what the steps of a run need."""

    run_id: str
    settings: Settings
    order: Order
    day: date
    log: RunLog
    record: RunRecord
    lock: RunLock
    step: str = ""  # the one at work
    attempt: int = 1

    @property
    def landing(self) -> Path | Location:
        """Return where the batch's files are."""
        return self.order.landing or self.settings.landing_dir / self.day.isoformat()
