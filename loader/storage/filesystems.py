"""How a place in object storage is reached, and what its errors mean.

Credentials come from the environment or from the platform's own chain, as each cloud's own tools
find them; none of them is read from a URL, and no message quotes one.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pyarrow.fs import AzureFileSystem, FileSystem, GcsFileSystem, S3FileSystem

from loader.config.places import Location
from loader.config.settings import load_settings
from loader.errors import LoaderError, TransientError

# Where Linux keeps the authorities it trusts; for Azure and Google pyarrow finds the last alone.
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
CONNECT_SECONDS, SILENT_SECONDS, RETRY_SECONDS = 10, 60, 10
LONGEST_MESSAGE = 300
# What another attempt does not mend: who asks may not, or what is asked for is not there.
LASTING = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE|NO_SUCH|TOKEN|PERMISSION_DENIED|UNAUTHENTICATED"
    r"|NOT_FOUND|Redirect|\b30[1278]\b|\b40[0134]\b|[Cc]redential|Authentication",
)
QUERY = re.compile(r"\?[^\s'\"]+")  # of a URL: Azure's tokens stand there
QUOTED = re.compile(r"'[^']*'")  # names of objects, which may hold anything


def filesystem(location: Location) -> FileSystem:
    """Return pyarrow's way to a place.

    Raises:
        LoaderError: a variable is missing.
    """
    _trust_authorities()
    endpoint = load_settings().storage_endpoint or _endpoint_of_aws(location)
    at = urlsplit(endpoint or "")
    if location.scheme == "s3":
        return S3FileSystem(
            endpoint_override=endpoint,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=SILENT_SECONDS,
            background_writes=False,  # what waits to be sent would be held in memory
        )
    if location.scheme == "gs":
        limit = timedelta(seconds=RETRY_SECONDS)
        if endpoint is None:
            return GcsFileSystem(retry_time_limit=limit)
        return GcsFileSystem(scheme=at.scheme, endpoint_override=at.netloc, retry_time_limit=limit)
    return AzureFileSystem(  # type: ignore[call-arg]  # the stubs write schema for scheme
        account_name=_azure_account(location),
        account_key=os.environ.get("AZURE_STORAGE_KEY") or None,
        sas_token=os.environ.get("AZURE_STORAGE_SAS_TOKEN") or None,
        blob_storage_authority=at.netloc or None,
        dfs_storage_authority=at.netloc or None,
        blob_storage_scheme=at.scheme or None,
        dfs_storage_scheme=at.scheme or None,
    )


def hadoop_url(location: Location) -> str:
    """Return a place as Spark names it, by the file systems of Hadoop.

    Raises:
        LoaderError: a variable is missing.
    """
    if location.scheme == "az":
        bucket = f"{location.bucket}@{_azure_account(location)}.dfs.core.windows.net"
        return f"abfss://{bucket}/{location.prefix}".rstrip("/")
    scheme = {"s3": "s3a"}.get(location.scheme, location.scheme)
    return f"{scheme}://{location.path}"


def _azure_account(location: Location) -> str:
    account = os.environ.get("AZURE_STORAGE_ACCOUNT")
    if not account:
        raise LoaderError(f"{location} needs AZURE_STORAGE_ACCOUNT, the storage account's name")
    return account


def _trust_authorities() -> None:
    """Let pyarrow find the machine's certificates, unless SSL_CERT_FILE names others."""
    found = next((path for path in AUTHORITIES if Path(path).is_file()), None)
    if found:
        os.environ.setdefault("SSL_CERT_FILE", found)


def _endpoint_of_aws(location: Location) -> str | None:
    """Return what AWS's own tools take for the endpoint; pyarrow does not ask for it."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") if location.scheme == "s3" else ()
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def storage_error(doing: str, error: Exception) -> LoaderError:
    """Return an error of pyarrow's as ours, one line without a secret; most are transient."""
    if isinstance(error, OSError) and error.filename:  # a file of this machine's
        return LoaderError(f"{doing}: {error.filename}: {error.strerror}")
    lines = QUERY.sub("", str(error)).strip().splitlines() or [type(error).__name__]
    message = f"{doing}: {lines[0][:LONGEST_MESSAGE]}"
    if isinstance(error, FileNotFoundError):
        return LoaderError(f"{doing}: the object or its bucket is not there")
    is_lasting = LASTING.search(QUOTED.sub("", message.removeprefix(doing)))
    return LoaderError(message) if is_lasting else TransientError(message)
