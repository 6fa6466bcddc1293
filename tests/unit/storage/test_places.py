"""URLs of object storage: what they name, what is refused, and that no secret is quoted."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from loader.cli import loader
from loader.config.places import Location, parse_location, parse_place
from loader.config.settings import Settings, load_settings, variable
from loader.errors import LoaderError, TransientError
from loader.storage.filesystems import filesystem, storage_error


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://shop", Location("s3", "shop")),
        ("gs://my.shop-1/", Location("gs", "my.shop-1")),
        ("az://shop/a b/{date}/", Location("az", "shop", "a b/{date}")),
    ],
)
def test_url_names_a_bucket_and_a_prefix(text: str, location: Location) -> None:
    assert parse_location(text) == location
    assert parse_location(str(location)) == location


def test_what_is_below_a_place_has_its_prefix() -> None:
    assert str(Location("s3", "shop") / "a" / "b") == "s3://shop/a/b"
    assert (Location("s3", "shop") / "").path == "shop"


def test_text_without_a_scheme_is_a_folder() -> None:
    assert parse_place("landing/{date}") == Path("landing/{date}")


REFUSED = [
    "s3://key:pl4nted@shop/prefix",
    "s3://pl4nted@shop",
    "az://shop/prefix?sig=pl4nted",
    "gs://shop/prefix#pl4nted",
    "https://pl4nted.example.com/shop",
    "s3://shop/../pl4nted",
    "s3://shop//pl4nted",
    "s3://shop/pl4nted\nx",
    "s3:///pl4nted",
]


URLS = [name for name in Settings.model_fields if name.endswith("_url")]


def test_every_place_is_a_setting() -> None:
    assert URLS == ["exports_url", "site_url", "archive_url", "backup_url"]


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("name", ["landing", *URLS])
def test_url_with_credentials_or_more_is_refused_and_not_quoted(
    text: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable(name), text)
    with pytest.raises(
        LoaderError, match=f"^{variable(name)} is a URL that is refused; write a "
    ) as e:
        load_settings()
    assert "pl4nted" not in str(e.value)


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize(
    "command", [("run", "--landing"), ("load", "--date=2025-03-01"), ("check",), ("replace-batch",)]
)
def test_url_on_the_command_line_is_refused_as_well(text: str, command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(loader, [*command, text])
    assert done.exit_code == 2
    assert "this URL is refused; write a URL such as s3://bucket/prefix" in done.output
    assert "pl4nted" not in done.output


@pytest.mark.parametrize("endpoint", ["https://key:pl4nted@host", "host:9000", "http://host/path"])
def test_endpoint_is_scheme_host_and_port(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_STORAGE_ENDPOINT", endpoint)
    with pytest.raises(LoaderError, match="write scheme, host and port") as caught:
        load_settings()
    assert "pl4nted" not in str(caught.value)


def test_azure_needs_the_name_of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT", raising=False)
    with pytest.raises(LoaderError, match=r"^az://shop needs AZURE_STORAGE_ACCOUNT"):
        filesystem(parse_location("az://shop"))


TRANSIENT = [
    "When uploading part for key 'a/404': AWS Error NETWORK_CONNECTION during UploadPart operation",
    "AWS Error INTERNAL_FAILURE during UploadPart operation: please try again",
    "AWS Error SLOW_DOWN during PutObject operation",
    "google::cloud::Status(UNAVAILABLE: Retry policy exhausted, CURL error [7]=Could not connect",
    "Check failed. Azure Error: [] Fail to get a new connection for: https://x.net. Could not",
    "UploadFrom failed. Azure Error: [ServerBusy] 503 The server is busy.\nRequestId: 404",
]
LASTING = [
    "When getting information for key 'a': AWS Error ACCESS_DENIED during HeadObject operation",
    "AWS Error NO_SUCH_BUCKET during CreateMultipartUpload operation: The bucket does not exist",
    "google::cloud::Status(PERMISSION_DENIED: Permanent error, HTTP status code: 403 error_info",
    "Azure Error: [AuthorizationFailure] 403 Server failed to authenticate the request.",
    "UploadFrom failed. Azure Error: [ContainerNotFound] 404 The container does not exist.",
    "Could not load the default credentials",
]


@pytest.mark.parametrize("said", TRANSIENT)
def test_what_may_work_in_a_moment_is_transient(said: str) -> None:
    assert type(storage_error("cannot send s3://shop/a", OSError(said))) is TransientError


@pytest.mark.parametrize("said", LASTING)
def test_what_a_user_must_mend_is_not(said: str) -> None:
    assert type(storage_error("cannot send s3://shop/a", OSError(said))) is LoaderError


def test_error_is_one_line_without_a_token() -> None:
    said = "UploadFrom failed for 'https://a.blob.core.windows.net/shop/x?sv=1&sig=pl4nted'. Hm\nId"
    message = str(storage_error("cannot send az://shop/x", OSError(said)))
    assert message.startswith("cannot send az://shop/x: UploadFrom failed for 'https://a.blob")
    assert "pl4nted" not in message
    assert "\n" not in message


def test_full_disk_is_no_fault_of_the_store() -> None:
    error = OSError(28, "No space left on device", "/data/landing/x")
    found = storage_error("cannot fetch s3://shop/x", error)
    assert type(found) is LoaderError
    assert "/data/landing/x: No space left on device" in str(found)
