"""Where things are."""

import os
from dataclasses import dataclass
from pathlib import Path

from loader.errors import LoaderError

REPOSITORY = Path(__file__).resolve().parent.parent
# A spreadsheet opens so many rows below a header.
SPREADSHEET_ROWS = 1_048_575
YES = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Settings:
    """Name the folders of one shop, all of them below `root`, and what it wants exported."""

    root: Path = REPOSITORY
    is_parquet_wanted: bool = False
    largest_file_rows: int = SPREADSHEET_ROWS

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
        return self.exports_dir / "dashboards"

    @property
    def cube_cache_dir(self) -> Path:
        """Return the folder with the aggregates of each month, from which dashboards are made."""
        return self.root / ".cache" / "cubes"

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
    """Return what SHOP_ROOT, or else the repository's folder, and the wishes for exports say.

    Raises:
        LoaderError: SHOP_EXPORT_ROWS is no number.
    """
    root = os.environ.get("SHOP_ROOT")
    is_parquet_wanted = os.environ.get("SHOP_PARQUET", "").lower() in YES
    rows = os.environ.get("SHOP_EXPORT_ROWS") or str(SPREADSHEET_ROWS)
    if not rows.isdecimal():
        raise LoaderError(f"SHOP_EXPORT_ROWS is {rows!r}; give a number of rows, as in 1000000")
    return Settings(Path(root).resolve() if root else REPOSITORY, is_parquet_wanted, int(rows))
