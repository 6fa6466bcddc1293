"""The container: what its image is made of can run a day, and holds nothing else.

No image is built here. A folder gets the files that the Dockerfile copies and an environment the
packages that it installs; nobody may write there, and the command of the container runs there
under a user id that has no name, as Kubernetes and Docker may choose one.
"""

import os
import re
import shutil
import subprocess
import tomllib
import venv
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from factories.days import a_customer, a_product, a_transaction, an_item, query, write_batch
from loader.config.settings import REPOSITORY

DOCKERFILE = (REPOSITORY / "loader" / "Dockerfile").read_text()
IGNORED = (REPOSITORY / ".dockerignore").read_text()
DAY = "2025-03-01"
# What a Python may need to run; everything else is as in the container.
INHERITED = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def is_ignored(path: str) -> bool:
    """Tell whether .dockerignore keeps a path, or a folder that it is in, out of the image."""
    parents = [str(parent) for parent in Path(path).parents if parent != Path()]
    ignored = False
    for line in IGNORED.splitlines():
        pattern = line.removeprefix("!")
        if not pattern or line.startswith("#"):
            continue
        expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(expression, name) for name in (path, *parents)):
            ignored = not line.startswith("!")
    return ignored


def copied() -> Iterator[tuple[str, str]]:
    """Yield what the Dockerfile copies, and where to."""
    for arguments in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, target = arguments.split()
        yield from ((source, target) for source in sources)


def copy_files(tree: Path) -> None:
    for source, target in copied():
        found = REPOSITORY / source
        files = [found] if found.is_file() else list(found.rglob("*"))
        for file in files:
            inside = file.relative_to(REPOSITORY)
            if file.is_file() and not is_ignored(inside.as_posix()):
                folder = tree / target
                to = folder / (file.name if found.is_file() else file.relative_to(found))
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, to)


def make_read_only(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)


def enter_nameless_account() -> None:
    """Make our user id, to which files belong, 12345 and no longer root's: its rights are gone."""
    uid, gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"12345 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def locked_packages() -> set[str]:
    names = re.findall(
        r"^([A-Za-z0-9._-]+)", (REPOSITORY / "requirements.txt").read_text(), re.MULTILINE
    )
    return {canonical(name) for name in names}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def make_environment(folder: Path, tree: Path) -> Path:
    """Make an environment with the locked packages and the tree; return its folder of programs."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    locked = locked_packages()
    for package in metadata.distributions():
        if canonical(package.name) in locked:
            for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
                if not (packages / name).exists():
                    (packages / name).symlink_to(str(package.locate_file(name)))
    (packages / "shop.pth").write_text(f"{tree}\n")
    return folder / "bin"


def test_a_day_runs_in_the_read_only_tree_of_the_image_as_any_user(
    tmp_path: Path, database: str
) -> None:
    assert database
    tree, data = tmp_path / "shop", tmp_path / "data"
    copy_files(tree)
    programs = make_environment(tmp_path / "venv", tree)
    make_read_only(tree)
    write_batch(
        data / "landing" / DAY,
        customers=[a_customer(1)],
        products=[a_product(1)],
        transactions=[a_transaction(1, DAY)],
        transaction_items=[an_item(1, 1)],
    )
    environment = INHERITED | {
        "PATH": str(programs),
        "HOME": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SHOP_ROOT": str(data),
        "SHOP_LANDING": f"{data}/landing/{{date}}",
        **{name: value for name, value in os.environ.items() if name.startswith("PG")},
    }

    # Root may write everywhere and is made somebody else; any other user may not, as it is.
    as_whom: Callable[[], None] | None = enter_nameless_account if os.geteuid() == 0 else None

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [programs / "python", *arguments],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=as_whom,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    writable = (
        "import os; print([path for path in ('.', 'loader', 'dbt_project') if os.access(path, 2)])"
    )
    assert run("-c", writable) == "[]\n"
    imported = "import dashboards, loader; print(loader.__file__, dashboards.__file__)"
    assert run("-c", imported).split() == [
        str(tree / "loader" / "__init__.py"),
        str(tree / "dashboards" / "__init__.py"),
    ]
    assert 'CMD ["python", "-m", "loader", "schedule"]' in DOCKERFILE
    run("-m", "loader", "schedule", "--once", "--date", DAY)
    assert query("select count(*) from mart.fct_sales") == [(1,)]
    assert query("select status from ops.runs") == [("succeeded",)]
    assert (data / "exports" / "fct_sales.csv").exists()
    assert (data / "exports" / "dashboards" / "index.html").exists()
    run("-m", "loader", "backup", "create")


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".environment",
        ".env",
        ".postgres/data/PG_VERSION",
        "landing/2025-03-01/customers.csv",
        "archive/x/customers.csv.gz",
        "backups/x/shop.dump",
        "exports/fct_sales.csv",
        "logs/run.jsonl",
        "exports/dashboards/index.html",
        ".cache/cubes/2025-03/month.json",
        "dbt_project/target/manifest.json",
        "dbt_project/logs/dbt.log",
        "dbt_project/profiles.yml",
        "loader/__pycache__/run.pyc",
        ".venv/bin/python",
        "tests/conftest.py",
    ],
)
def test_data_and_secrets_stay_out_of_the_image(path: str) -> None:
    assert is_ignored(path)


def test_everything_that_is_copied_is_let_in() -> None:
    assert [source for source, _ in copied() if is_ignored(source)] == []


def test_labels_and_compose_name_the_version_of_the_package() -> None:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    compose = (REPOSITORY / "docker-compose.yml").read_text()
    assert f'image.version="{project["version"]}"' in DOCKERFILE
    assert f'image.description="{project["description"]}"' in DOCKERFILE
    assert f"image: {project['name']}:{project['version']}\n" in compose
