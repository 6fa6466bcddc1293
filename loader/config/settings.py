"""Every setting once: its name, type, default and meaning; docs/configuration.md is made of it."""

import os
from datetime import datetime, time, tzinfo
from pathlib import Path
from typing import Annotated, get_args

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from loader.config.places import is_url
from loader.config.types import (
    Bytes,
    CommandLine,
    Count,
    Country,
    Currency,
    Days,
    Endpoint,
    Engine,
    File,
    FileName,
    Folder,
    Form,
    Language,
    Lines,
    Minutes,
    Percent,
    Place,
    Port,
    Rows,
    Seconds,
    Secret,
    Text,
    TimeOfDay,
    Url,
    Weekday,
    YesNo,
    Zone,
)
from loader.config.zones import local_zone
from loader.errors import LoaderError

REPOSITORY = Path(__file__).resolve().parents[2]
PREFIX = "SHOP_"
# A spreadsheet opens so many rows below a header.
SPREADSHEET_ROWS = 1_048_575


class Settings(BaseSettings):
    """Hold what `SHOP_` variables and the file `.environment` say about one shop."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    root: Folder = REPOSITORY
    """Where landing, archive, exports, logs and the embedded server lie"""
    landing: Place | None = None
    """Where others deliver, `{date}` in it; else a sample shop delivers"""
    landing_marker: FileName | None = None
    """File that the deliverer writes last, without which a batch is not complete; `SHA256SUMS`, or
    another name that ends in `.sha256`, must list the four files' sums"""

    name: Text = "Shop analytics"
    """What the dashboards call the shop"""
    currency: Currency = "INR"
    """The currency of all amounts, which the files do not say: in dashboards, manifest, Power BI
    and Tableau"""
    locale: Language = "en-IN"
    """How dashboards write numbers and dates"""
    country: Country = "IN"
    """Whose holidays the calendar has; of another country than IN, write them first: `make holidays
    COUNTRY=DE`"""
    week_start: Weekday = "Monday"
    """The day that a week begins with in the dashboards and the BI files"""

    max_rejected_lines: Lines = 1_000
    """Rejected lines that a delivered file may have at most"""
    max_rejected_pct: Annotated[int, Field(ge=0, le=100), Form("a whole number from 0 to 100")] = 5
    """The same as a percentage of its lines, from 20 rejected lines on"""
    max_file_bytes: Bytes = 8 << 30
    """Bytes of a delivered file, unpacked"""
    allow_future_dates: YesNo = False
    """Permit batches more than a day ahead of the clock, for simulations"""
    publish_min_score: Percent = 50
    """Percentage of accepted rows that publishing needs, from 100 refused on"""

    export_rows: Rows = SPREADSHEET_ROWS
    """A `fct_sales` with more rows is exported by month"""
    parquet: YesNo = False
    """Write Parquet beside every CSV file of an export"""
    excel: YesNo = False
    """Write the reports of an export as an Excel workbook, too"""

    exports_url: Url | None = None
    """Where each publication's export goes as well ([cloud](cloud.md))"""
    site_url: Url | None = None
    """Where each publication's dashboards go as well"""
    archive_url: Url | None = None
    """Where a copy of the archive goes after each run"""
    keep_publications: Annotated[int, Field(ge=2), Form("a whole number from 2")] = 7
    """Publications that stay, of exports and of dashboards"""
    storage_endpoint: Endpoint | None = None
    """Where object storage answers, if it is not that of Amazon, Google or Azure"""

    schedule: TimeOfDay = time(2, 15)
    """When the daily run starts"""
    time_zone: Zone | None = None
    """The shop's zone; without it that of `TZ` or of the machine"""
    days_back: Days = 1
    """Which day the daily run is about; 1 is yesterday"""
    lock_wait: Minutes = 360
    """Minutes that what nobody watches waits for a run at work"""
    attempts: Count = 4
    """Attempts at a step or a command, where errors are transient"""
    retry_wait: Seconds = 2
    """Seconds before the second attempt; the wait doubles from then on"""

    expect_by: TimeOfDay | None = None
    """When a run must have started; not checked without it"""
    min_score: Percent = 95
    """Percentage of a table's rows that must be accepted; less is degraded"""
    min_disk_pct: Percent = 10
    """Percentage of the disk that must be free; less is degraded"""
    alert_urls: Secret = SecretStr("")
    """Apprise URLs that alerts go to, separated by spaces"""
    metrics_file: File | None = None
    """Metrics for Prometheus; `logs/shop.prom` without it"""

    backup_dir: Folder | None = None
    """Where backups go; `backups/` without it"""
    backup_url: Url | None = None
    """Where the files of backups go instead; their manifests stay in that folder"""
    keep_backups: Count = 7
    """Backups that stay"""
    keep_days: Days = 7
    """Days after which `make prune` removes landing folders, logs and, on Spark, snapshots of
    tables"""
    keep_record_days: Days = 400
    """Days after which it removes records of runs"""

    pg_version: Text | None = None
    """Major version of a new embedded server, 16 or 18; the newest without it"""
    server_tcp: YesNo = False
    """Whether the embedded server also listens on 127.0.0.1:5432, to the role bi with its password;
    from its next start on"""
    password_command: CommandLine | None = None
    """Prints the password of the user in `PGUSER`, for each new connection; it comes before every
    other password ([cloud](cloud.md))"""
    read_host: Text | None = None
    """Host of a read replica, beside `PGHOST`, that exports and dashboards read
    ([cloud](cloud.md))"""
    roles: YesNo = False
    """Each step connects as a role of its own"""
    role_prefix: Text = "shop"
    """Begins the names of the roles; another for a second shop on one server"""
    loader_password: Secret | None = None
    """Password of the role loader"""
    transformer_password: Secret | None = None
    """Password of the role transformer"""
    bi_password: Secret | None = None
    """Password of the role bi, for `make roles`"""

    engine: Engine = "postgres"
    """What builds the tables: PostgreSQL, or Spark, whose results PostgreSQL publishes and
    serves"""
    spark_host: Text = "127.0.0.1"
    """Where Spark's Thrift server answers"""
    spark_port: Port = 10_000
    """Its port; the cluster on this machine takes this one and the two after it"""
    spark_user: Text = "shop"
    """User of Spark's Thrift server"""
    spark_password: Secret | None = None
    """Its password, and the secret of the cluster on this machine; what `make spark-up` generates
    in `.spark/secret` without it"""
    spark_storage: Place | None = None
    """Folder, or place in object storage, that the loader and all workers of Spark see;
    `.spark/storage/` without it. The cluster on this machine needs a folder, for its tables, too"""
    spark_sales_months: Count | None = None
    """How many of the newest months of sales and returns are copied from Spark to PostgreSQL, for
    dashboards, exports and BI tools; all without it"""
    spark_workers: Count = 1
    """Workers of the cluster on this machine"""
    spark_worker_cores: Count = 2
    """Cores that each of them uses"""
    spark_worker_memory: Count = 1_024
    """Megabytes of memory that each of them gives to tasks"""
    spark_driver_memory: Count = 1_536
    """Megabytes of memory for the Thrift server, which plans queries"""

    @property
    def spark_dir(self) -> Path:
        """Return the folder of the cluster on this machine: settings, logs, process ids."""
        return self.root / ".spark"

    @property
    def spark_storage_dir(self) -> Path:
        """Return the folder with Spark's tables and what they are made of.

        Raises:
            LoaderError: a URL is set.
        """
        if self.spark_storage and is_url(self.spark_storage):
            raise LoaderError("SHOP_SPARK_STORAGE: a cluster on this machine needs a folder")
        return Path(self.spark_storage or self.spark_dir / "storage").resolve()

    @property
    def is_on_spark(self) -> bool:
        """Return whether Spark builds the tables and keeps their history."""
        return self.engine == "spark"

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
    def metrics_path(self) -> Path:
        """Return the file that metrics are written to."""
        return self.metrics_file or self.logs_dir / "shop.prom"

    @property
    def backups_dir(self) -> Path:
        """Return the folder that backups are written to."""
        return self.backup_dir or self.root / "backups"

    @property
    def server_dir(self) -> Path:
        """Return the embedded server's folder."""
        return self.root / ".postgres"

    @property
    def dbt_dir(self) -> Path:
        """Return the dbt project, which belongs to the code and not to the shop's data."""
        return REPOSITORY / "dbt_project"

    @property
    def dbt_work_dir(self) -> Path:
        """Return where dbt writes: the project's folder, or the shop's where code is read-only."""
        return self.dbt_dir if os.access(self.dbt_dir, os.W_OK) else self.root / ".cache" / "dbt"

    @property
    def dbt_target_dir(self) -> Path:
        """Return the folder that dbt writes its artifacts to."""
        return self.dbt_work_dir / (os.environ.get("DBT_TARGET_PATH") or "target")

    @property
    def dbt_log_dir(self) -> Path:
        """Return the folder that dbt writes its log to."""
        return self.dbt_work_dir / (os.environ.get("DBT_LOG_PATH") or "logs")

    @property
    def zone(self) -> tzinfo:
        """Return the shop's time zone.

        Raises:
            LoaderError: TZ is not the name of a zone.
        """
        return self.time_zone or local_zone()

    def now(self) -> datetime:
        """Return the time of day in the shop's zone."""
        return datetime.now(self.zone)


def load_settings() -> Settings:
    """Return what the environment says, and the defaults where it says nothing.

    Raises:
        LoaderError: names each variable whose value cannot be read, and how to write it.
    """
    try:
        return Settings()
    except ValidationError as error:
        found = {str(part["loc"][0]): part["input"] for part in error.errors()}
        mistakes = "; ".join(_mistake(name, value) for name, value in found.items())
        raise LoaderError(mistakes) from None


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def form_of(name: str) -> str:
    """Return how the value of a setting is written."""
    field = Settings.model_fields[name]
    kinds = get_args(field.annotation)  # of a setting that may be None
    optional = [part for kind in kinds for part in getattr(kind, "__metadata__", ())]
    return next(part.text for part in (*field.metadata, *optional) if isinstance(part, Form))


def _mistake(name: str, value: object) -> str:
    """Say what is wrong with a value, and quote it unless it is a URL, which may hold a secret."""
    said = "a URL that is refused" if is_url(str(value)) else repr(value)
    return f"{variable(name)} is {said}; write {form_of(name)}"
