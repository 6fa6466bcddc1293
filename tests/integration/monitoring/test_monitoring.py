"""Rules and dashboard for monitoring ask for figures that are there, and the rules go off."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from prometheus_client import generate_latest

from factories.statuses import GOOD, batch, run_of
from loader.config.settings import REPOSITORY
from loader.monitoring.prometheus import registry
from loader.monitoring.status import Layer, OpenReason, SavedState, StepTime, TableSize

FOLDER = REPOSITORY / "docs" / "monitoring"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FULL = replace(
    GOOD,
    runs=(run_of(NOW),),
    batches=(batch(0, 100),),
    layers=tuple(Layer(name, date(2026, 11, 22), NOW) for name in ("staging", "mart", "exports")),
    open_rows=(OpenReason("customers", "type:email", 1, date(2026, 11, 22)),),
    step_times=(StepTime("build", "r", 1.0),),
    backup=SavedState("b", NOW, was_drilled=True),
    sizes=(TableSize("mart.fct_sales", 1, 1, 0),),
)


def written() -> set[str]:
    return {
        metric.name
        for metric in registry(FULL, []).collect()
        if metric.samples and metric.name.startswith("shop_")
    }


@pytest.mark.parametrize("page", ["alerts.yml", "dashboard.json"])
def test_figures_asked_for_are_written(page: str) -> None:
    asked = set(re.findall(r"\bshop_\w+", (FOLDER / page).read_text()))
    assert len(asked) >= 6
    assert asked <= written()


def test_dashboard_shows_every_figure_and_no_panel_covers_another() -> None:
    board = json.loads((FOLDER / "dashboard.json").read_text())
    text = json.dumps(board)
    assert {name for name in written() if name not in text} == set()
    places = [panel["gridPos"] for panel in board["panels"]]
    cells = [
        (place["x"] + across, place["y"] + down)
        for place in places
        for across in range(place["w"])
        for down in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_promtool_accepts_rules_their_tests_and_the_figures(promtool: str) -> None:
    def check(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = [promtool, *arguments]
        return subprocess.run(
            command, cwd=FOLDER, input=text, capture_output=True, text=True, check=False
        )

    for arguments in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = check(*arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    figures = check("check", "metrics", text=generate_latest(registry(FULL, [])).decode())
    assert (figures.returncode, figures.stderr) == (0, "")
