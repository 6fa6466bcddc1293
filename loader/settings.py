"""Where things are."""

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
YES = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Settings:
    """Name the folders of one shop, all of them below `root`, and what it wants exported."""

    root: Path = REPOSITORY
    is_parquet_wanted: bool = False

    @property
    def landing_dir(self) -> Path:
        """Return the folder with one folder of CSV files per date."""
        return self.root / "landing"

    @property
    def exports_dir(self) -> Path:
        """Return the folder that exports are written to."""
        return self.root / "exports"

    @property
    def site_dir(self) -> Path:
        """Return the folder that the dashboards are written to."""
        return self.root / "dashboards" / "site"

    @property
    def logs_dir(self) -> Path:
        """Return the folder with one log file per run."""
        return self.root / "logs"

    @property
    def server_dir(self) -> Path:
        """Return the embedded server's folder."""
        return self.root / ".postgres"

    @property
    def dbt_dir(self) -> Path:
        """Return the dbt project, which belongs to the code and not to the shop's data."""
        return REPOSITORY / "dbt_project"


def load_settings() -> Settings:
    """Return what SHOP_ROOT, or else the repository's folder, and SHOP_PARQUET say."""
    root = os.environ.get("SHOP_ROOT")
    is_parquet_wanted = os.environ.get("SHOP_PARQUET", "").lower() in YES
    return Settings(Path(root).resolve() if root else REPOSITORY, is_parquet_wanted)
