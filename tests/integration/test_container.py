"""The container: what its image is made of can run a day, and holds nothing else.

No image is built here. A folder gets the files that the Dockerfile copies and an environment the
packages that it installs, and the command of the container runs there.
"""

import os
import re
import shutil
import subprocess
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from factories.days import a_customer, a_product, a_transaction, an_item, query, write_batch
from loader.settings import REPOSITORY

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
    for arguments in re.findall(r"^COPY (?:--\S+ )*(.+)$", DOCKERFILE, re.MULTILINE):
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


def test_a_day_runs_with_the_files_and_packages_of_the_image(tmp_path: Path, database: str) -> None:
    assert database
    tree, data = tmp_path / "shop", tmp_path / "data"
    copy_files(tree)
    programs = make_environment(tmp_path / "venv", tree)
    write_batch(
        data / "landing" / DAY,
        customers=[a_customer(1)],
        products=[a_product(1)],
        transactions=[a_transaction(1, DAY)],
        transaction_items=[an_item(1, 1)],
    )
    environment = INHERITED | {
        "PATH": str(programs),
        "HOME": str(tmp_path),
        "SHOP_ROOT": str(data),
        "SHOP_LANDING": f"{data}/landing/{{date}}",
        **{name: value for name, value in os.environ.items() if name.startswith("PG")},
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [programs / "python", *arguments],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

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
        "dashboards/site/index.html",
        "dashboards/kept/2025-03.json",
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
