"""The files for Tableau: an extract of the mart, and the workbook packaged with it."""

import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.bi.tableau.graph import EXTRACT
from dashboards.bi.tableau.hyper import write_extract
from dashboards.bi.tableau.source import Content, relations_read
from dashboards.bi.tableau.workbook import workbook
from dashboards.catalogue import RETURNS
from loader.config.settings import Settings
from loader.database.errors import database_errors
from loader.errors import LoaderError
from loader.export.changes import published_rows
from loader.export.relations import (
    Publication,
    Relation,
    mart_relations,
    newest_publication,
    snapshot,
)
from loader.export.write import staging_folder

FOLDER, HYPER, PACKAGE = "tableau", "shop.hyper", "shop.twbx"
EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip's first moment: the same content, the same bytes


@dataclass(frozen=True)
class TableauFiles:
    """Say what was written: rows by relation, of which publication, and where."""

    publication: Publication
    rows: dict[str, int]
    folder: Path


def write_tableau(settings: Settings) -> TableauFiles:
    """Write exports/tableau/shop.hyper, and shop.twbx which holds the same extract.

    Both are of one moment and written atomically.

    Raises:
        LoaderError: nothing was published, a relation is missing, or the extra is not installed.
    """
    folder = settings.exports_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with staging_folder(folder) as new:
        with database_errors("nothing was written"), snapshot(settings) as cursor:
            publication = newest_publication(cursor)
            relations = _relations(cursor, publication)
            rows = write_extract(cursor, list(relations.values()), new / HYPER)
        content = Content(
            relations,
            settings.currency,
            publication.logical_date,
            _stamp(publication),
            settings.week_start,
        )
        _package(workbook(content), new / HYPER, new / PACKAGE)
        for name in (HYPER, PACKAGE):
            os.replace(new / name, folder / name)  # noqa: PTH105
    return TableauFiles(publication, rows, folder)


def _relations(cursor: Cursor, publication: Publication) -> dict[str, Relation]:
    """Return what the workbook reads; of returns only where a shop has some."""
    found = {relation.name: relation for relation in mart_relations(cursor, publication)}
    has_returns = RETURNS in found and published_rows(cursor, publication, RETURNS) > 0
    names = relations_read(has_returns=has_returns)
    missing = [name for name in names if name not in found]
    if missing:
        raise LoaderError(f"mart has no {', '.join(missing)}; run the build first")
    return {name: found[name] for name in names}


def _stamp(publication: Publication) -> str:
    run = f", run {publication.run_id}" if publication.run_id else ""
    return f"Publication {publication.publication_id} of {publication.logical_date}{run}"


def _package(twb: bytes, extract: Path, path: Path) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        package.writestr(_entry("shop.twb"), twb)
        with extract.open("rb") as source, package.open(_entry(EXTRACT), "w") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, EPOCH)
    entry.compress_type = ZIP_DEFLATED
    return entry
