"""Send what was written of a publication to object storage, where a setting names a place."""

from collections.abc import Iterable
from pathlib import Path

from loader.config.settings import Settings
from loader.export.relations import Publication
from loader.export.write import export_set


def send_export(settings: Settings, publication: Publication) -> str:
    """Send the export in exports/ to SHOP_EXPORTS_URL; say what was sent, nothing without one.

    Raises:
        LoaderError: the store refuses or cannot be reached; readers there see what they saw.
    """
    folder = settings.exports_dir
    return _send(settings, settings.exports_url, folder, export_set(folder), publication)


def send_site(settings: Settings, publication: Publication) -> str:
    """Send the dashboards to SHOP_SITE_URL; say what was sent, nothing without one.

    Raises:
        LoaderError: the store refuses or cannot be reached; readers there see what they saw.
    """
    folder = settings.site_dir
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return _send(settings, settings.site_url, folder, names, publication)


def forget_previous(settings: Settings) -> None:
    """Remove every publication but the newest from object storage.

    Raises:
        LoaderError: the store refuses or cannot be reached.
    """
    for url in filter(None, (settings.exports_url, settings.site_url)):
        from loader.storage.publish import keep_newest  # noqa: PLC0415  (the same as below)

        keep_newest(url)


def _send(
    settings: Settings,
    url: str | None,
    folder: Path,
    names: Iterable[str],
    publication: Publication,
) -> str:
    if url is None:
        return ""
    from loader.storage.publish import publish  # noqa: PLC0415  (pyarrow is slow to import)

    identity = publication.publication_id, publication.logical_date
    return str(publish(url, folder, names, identity, settings))
