"""Templates that dbt compiled once are found again, by what they say and how they are used."""

from pathlib import Path

import pytest
from dbt_common.clients.jinja import get_environment
from jinja2 import Environment, TemplateSyntaxError

from loader.dbt.templates import FOLDER, keep_compiled_templates

SUM = "{{ (1 + 2) | as_number }}"


@pytest.fixture
def compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the templates that Jinja compiled while what it compiled is kept."""
    anew: list[str] = []
    compile_anew = Environment.compile

    def noted(environment: Environment, source: str) -> object:
        anew.append(source)
        return compile_anew(environment, source)

    monkeypatch.setattr(Environment, "compile", noted)
    keep_compiled_templates(tmp_path / "target")
    return anew


def render(source: str, *, is_native: bool = False) -> object:
    return get_environment(native=is_native).from_string(source).render({})


def test_template_is_compiled_once_for_each_use(compiled_anew: list[str]) -> None:
    for _ in range(2):
        assert render(SUM) == "3"
        assert render(SUM, is_native=True) == 3
        assert render("{{ 2 + 2 }}") == "4"
    assert compiled_anew == [SUM, SUM, "{{ 2 + 2 }}"]


def test_damaged_file_is_compiled_anew(compiled_anew: list[str], tmp_path: Path) -> None:
    render(SUM)
    [kept] = (tmp_path / "target" / FOLDER).iterdir()
    kept.write_bytes(kept.read_bytes()[:-20])
    assert render(SUM) == "3"
    assert compiled_anew == [SUM, SUM]


def test_template_that_is_wrong_is_refused_as_ever(
    compiled_anew: list[str], tmp_path: Path
) -> None:
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError):
            render("{% if %}")
    assert len(compiled_anew) == 2
    assert not list((tmp_path / "target" / FOLDER).iterdir())
