"""The manifests for Kubernetes: what `make lint` cannot see, because it checks each by itself."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from loader.config.settings import PREFIX, REPOSITORY, Settings, load_settings, variable

FOLDER = REPOSITORY / "deploy" / "kubernetes"
DOCKERFILE = (REPOSITORY / "loader" / "Dockerfile").read_text()
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
LIBPQ = {"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE", "PGSSLROOTCERT"}


OPTION = re.compile(r"#[A-Z_]+=")  # a setting that is written down, and not in use


def environment() -> dict[str, str]:
    lines = (FOLDER / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def object_storage() -> dict[str, str]:
    lines = (FOLDER / "settings.env").read_text().splitlines()
    return dict(line[1:].split("=", 1) for line in lines if OPTION.match(line))


def manifests(kind: str) -> list[dict[str, Any]]:
    files = (yaml.safe_load_all((FOLDER / name).read_text()) for name in KUSTOMIZATION["resources"])
    return [manifest for file in files for manifest in file if manifest["kind"] == kind]


CRON_JOBS = {job["metadata"]["name"]: job["spec"] for job in manifests("CronJob")}


def pod_of(job: str) -> dict[str, Any]:
    pod: dict[str, Any] = CRON_JOBS[job]["jobTemplate"]["spec"]["template"]["spec"]
    return pod


def test_kustomization_names_all_files() -> None:
    named = [*KUSTOMIZATION["resources"], *KUSTOMIZATION["configMapGenerator"][0]["envs"]]
    present = {path.name for path in FOLDER.iterdir()} - {"kustomization.yaml"}
    assert sorted(named) == sorted(present)
    assert set(CRON_JOBS) == {"shop-daily", "shop-watch"}


def test_settings_exist_can_be_read_and_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = Settings.model_fields
    allowed = {
        variable(name) for name, field in fields.items() if "SecretStr" not in str(field.annotation)
    }
    assert {name for name in environment() if name.startswith(PREFIX)} <= allowed
    assert {name for name in environment() if not name.startswith(PREFIX)} <= LIBPQ
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    assert str(load_settings().landing).endswith("{date}")


def test_object_storage_is_a_matter_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (environment() | object_storage()).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    named = [name for name in Settings.model_fields if name.endswith("_url")]
    urls = [settings.landing, *(getattr(settings, name) for name in named)]
    assert [str(url)[:5] for url in urls] == ["s3://"] * 5
    assert "{date}" in str(settings.landing)
    assert {name for name in object_storage() if not name.startswith(PREFIX)} == {"AWS_REGION"}
    page = (REPOSITORY / "docs" / "cloud.md").read_text()
    assert [line for line in object_storage().items() if "=".join(line) not in page] == []


def test_pods_are_an_account_without_rights() -> None:
    (account,) = manifests("ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert {pod_of(job)["serviceAccountName"] for job in CRON_JOBS} == {account["metadata"]["name"]}


def test_the_day_starts_when_the_settings_say() -> None:
    daily, settings = CRON_JOBS["shop-daily"], environment()
    hour, minute = settings["SHOP_SCHEDULE"].split(":")
    assert daily["schedule"] == f"{int(minute)} {int(hour)} * * *"
    assert daily["timeZone"] == settings["SHOP_TIME_ZONE"]


@pytest.mark.parametrize("job", CRON_JOBS)
def test_pods_have_no_rights_and_write_to_volumes_only(job: str) -> None:
    pod = pod_of(job)
    (container,) = pod["containers"]
    assert CRON_JOBS[job]["concurrencyPolicy"] == "Forbid"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    paths = {mount["name"]: Path(mount["mountPath"]) for mount in container["volumeMounts"]}
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert set(paths) == {volume["name"] for volume in pod["volumes"]}
    assert claims == {claim["metadata"]["name"] for claim in manifests("PersistentVolumeClaim")}
    root = re.search(r"SHOP_ROOT=(\S+)", DOCKERFILE)
    assert root
    assert paths["data"] == Path(root[1])
    assert Path(environment()["SHOP_LANDING"]).parent == paths["landing"]


def test_the_image_is_the_one_that_is_built() -> None:
    (image,) = KUSTOMIZATION["images"]
    containers = [pod_of(job)["containers"][0] for job in CRON_JOBS]
    assert {container["image"] for container in containers} == {image["name"]}
    assert f'image.title="{image["name"]}"' in DOCKERFILE
    assert f'image.version="{image["newTag"]}"' in DOCKERFILE
    user = pod_of("shop-daily")["securityContext"]
    assert f"USER {user['runAsUser']}:{user['runAsGroup']}\n" in DOCKERFILE
