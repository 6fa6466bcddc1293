"""The files for Tableau: an extract of the mart, and the workbook packaged with it."""

import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dashboards.bi.sheets import sources
from dashboards.bi.tableau.hyper import write_extract
from dashboards.bi.tableau.source import EXTRACT
from dashboards.bi.tableau.workbook import workbook
from loader.config.settings import Settings
from loader.database.errors import database_errors
from loader.errors import LoaderError
from loader.export.relations import Publication, mart_relations, newest_publication, snapshot
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
            found = mart_relations(cursor, publication)
            relations = {relation.name: relation for relation in found}
            missing = [name for name in sources() if name not in relations]
            if missing:
                raise LoaderError(f"mart has no {', '.join(missing)}; run the build first")
            rows = write_extract(cursor, [relations[name] for name in sources()], new / HYPER)
        twb = workbook(relations, _stamp(publication), settings.currency)
        _package(twb, new / HYPER, new / PACKAGE)
        for name in (HYPER, PACKAGE):
            os.replace(new / name, folder / name)  # noqa: PTH105
    return TableauFiles(publication, rows, folder)


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
