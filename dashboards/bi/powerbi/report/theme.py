"""The site's colours as a theme of Power BI, read from the site's own style sheet."""

import re
from functools import cache

from dashboards.bi.powerbi.report.fields import Json
from loader.config.settings import REPOSITORY

STYLE = REPOSITORY / "dashboards" / "site" / "assets" / "style.css"
NAME = "Shop.json"  # of the file and of the theme in it; the report names both by it
COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6});")
SERIES = tuple(f"c{number}" for number in range(1, 9))


@cache
def colours() -> dict[str, str]:
    """Return the colours of the site's light look, by their names in its style sheet."""
    light, _, _ = STYLE.read_text(encoding="utf-8").partition("}")
    return dict(COLOUR.findall(light))


def blend(name: str, ground: str, opacity: float) -> str:
    """Return a colour laid over another one, so thin that text on it is read."""
    channels = zip(*(bytes.fromhex(colours()[each][1:]) for each in (name, ground)), strict=True)
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02x}" for a, b in channels)


def theme() -> Json:
    """Return the theme: colours of series, of good and bad, of text, pages and cards."""
    of = colours()
    return {
        "name": NAME,
        "dataColors": [of[name] for name in SERIES],
        "good": of["good"],
        "neutral": of["muted"],
        "bad": of["bad"],
        "maximum": of["heat"],
        "minimum": of["card"],
        "foreground": of["text"],
        "foregroundNeutralSecondary": of["muted"],
        "background": of["card"],
        "backgroundLight": of["page"],
        "backgroundNeutral": of["line"],
        "tableAccent": of["c1"],
        "hyperlink": of["focus"],
        "visualStyles": {
            "*": {
                "*": {
                    "background": [{"show": True, "color": _solid("card"), "transparency": 0}],
                    "border": [{"show": True, "color": _solid("line"), "radius": 6}],
                }
            },
            "page": {"*": {"background": [{"color": _solid("page"), "transparency": 0}]}},
        },
    }


def _solid(name: str) -> Json:
    return {"solid": {"color": colours()[name]}}
