"""Figures on cells are read as well on weak ones as on strong ones, in light and dark.

Of charts, axe sees no colours: they are drawings to it.
"""

import re
from bisect import bisect_right

import pytest

from dashboards.charts.look import CELL_OPACITY, GROUND_OPACITY, INK_CHANGES, INKS
from loader.config.settings import REPOSITORY

STYLE = (REPOSITORY / "dashboards" / "site" / "assets" / "style.css").read_text()
Colour = tuple[float, ...]


def themes() -> dict[str, dict[str, Colour]]:
    theme = re.compile(r'^(?::root|\[data-theme="dark"\]) \{(.*?)^\}', re.MULTILINE | re.DOTALL)
    light, dark = theme.findall(STYLE)
    return {"light": colours(light), "dark": colours(dark)}


def colours(block: str) -> dict[str, Colour]:
    found = re.findall(r"(--[\w-]+): #([0-9a-f]{6});", block)
    return {name: tuple(bytes.fromhex(value)) for name, value in found}


def over(above: Colour, below: Colour, opacity: float) -> Colour:
    return tuple(opacity * a + (1 - opacity) * b for a, b in zip(above, below, strict=True))


def luminance(colour: Colour) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    parts = (one / 255 for one in colour)
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["cell", "tile"])
def test_text_on_every_strength_has_a_contrast_of_4_5(theme: str, kind: str) -> None:
    named = themes()[theme]
    inks = [name[len("var(") : -1] for name in INKS]
    ground = over(named["--grid"], named["--card"], GROUND_OPACITY)
    below, faintest = (named["--card"], CELL_OPACITY[0]) if kind == "cell" else (ground, 0)
    for percent in range(101):
        strength = percent / 100
        cell = over(named["--heat"], below, faintest + (1 - faintest) * strength)
        ink = named[inks[bisect_right(INK_CHANGES, strength)]]
        assert contrast(ink, cell) >= 4.5, (strength, contrast(ink, cell))
