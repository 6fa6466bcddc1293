"""Somebody who clicks about on a page of the dashboards, and looks at every picture after it."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page as Tab

from dashboards.catalogue import Drill, Page
from dashboards.site.pages import file_name
from expectations.dashboard_drawings import READ_DRAWINGS
from expectations.dashboard_marks import differences
from expectations.dashboard_pages import READ_CSV, open_page, rows_of
from expectations.dashboard_pictures import Colours, Picture
from expectations.dashboard_sentences import READ_SENTENCES, wrong_sentences

STEPS = 6
PERIODS = ("preset", "from", "to", "grain", "comparison")
ACTIONS = (*PERIODS, *3 * ["choose"], *2 * ["open"], "reset", "back", "theme", "resize")
# Below a dialog nothing is clicked, but links and the browser's buttons change what it shows.
OPEN_ACTIONS = ("close", "escape", "back", "resize", *PERIODS, "choose")
# An address that changed is heard of a moment later.
SETTLE = """async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await shop.drawn;
    return document.documentElement.scrollWidth - innerWidth;
}"""
CHOOSE = """(random) => {
    const shown = "details.choice:not([hidden]) input[type=checkbox]";
    const boxes = [...document.querySelectorAll(shown)];
    const box = boxes[Math.floor(random * boxes.length)];
    box?.click();
    return box?.value;
}"""
OPEN = """(random) => {
    const links = [...document.querySelectorAll("td a")];
    const link = links[Math.floor(random * links.length)];
    link?.click();
    return link?.dataset.id;
}"""
PICK = """([name, random]) => {
    const select = document.getElementById(name);
    if (select.type === "date") {
        const [first, last] = [select.min, select.max].map(Date.parse);
        select.value = new Date(first + random * (last - first)).toISOString().slice(0, 10);
    } else {
        const options = [...select.options].filter((option) => option.value !== "own");
        select.value = options[Math.floor(random * options.length)].value;
    }
    select.dispatchEvent(new Event("change", {bubbles: true}));
    return select.value;
}"""


def wander(tab: Tab, site: Path, page: Page, seed: int) -> list[str]:
    """Return what was wrong first: what had been done, and how which picture differed."""
    rng = random.Random(seed)  # noqa: S311 -- chance need not be secret
    colours = Colours()
    tab.set_viewport_size({"width": 1280, "height": 900})
    open_page(tab, site, file_name(page))
    done: list[str] = []
    changes = 0
    for _ in range(STEPS):
        if wrong := _wrong(tab, page, colours):
            return [f"seed {seed}, {', '.join(done) or 'as opened'}: {one}" for one in wrong]
        action = rng.choice(OPEN_ACTIONS if tab.locator("dialog").count() else ACTIONS)
        if action == "back" and not changes:
            continue
        before = tab.url
        done.append(_act(tab, rng, action))
        tab.evaluate(SETTLE)
        changes += 0 if tab.url == before else -1 if action == "back" else 1
    wrong = _wrong(tab, page, colours)
    return [f"seed {seed}, {', '.join(done)}: {one}" for one in wrong]


def _act(tab: Tab, rng: random.Random, action: str) -> str:
    if action in PERIODS:
        return f"{action} {tab.evaluate(PICK, [action, rng.random()])}"
    if action == "choose":
        return f"choose {tab.evaluate(CHOOSE, rng.random())}"
    if action == "open":
        return f"open {tab.evaluate(OPEN, rng.random())}"
    if action == "escape":
        tab.keyboard.press("Escape")
    elif action == "close":
        tab.click("dialog .close")
    elif action == "back":
        tab.go_back()
    elif action == "resize":
        wide = tab.evaluate("innerWidth") > 390
        tab.set_viewport_size({"width": 390 if wide else 1280, "height": 900})
    else:
        tab.click(f"#{action}")
    return action


def _wrong(tab: Tab, page: Page, colours: Colours) -> list[str]:
    drawings = tab.evaluate(READ_DRAWINGS)
    tables = tab.evaluate(READ_CSV)
    found = list(wrong_sentences(tab.evaluate(READ_SENTENCES)))
    if (over := tab.evaluate(SETTLE)) > 0:
        found.append(f"the page is {over} pixels too wide")
    visuals = page.visuals
    if page.drill and tab.locator("dialog").count():
        visuals += page.drill.visuals
        found += _wrong_rows(page.drill, tab.url, tables)
    for visual in visuals:
        rows = rows_of(tables[visual.id])
        if visual.kind in ("figure", "table"):
            continue
        if visual.id not in drawings:
            found += [f"{visual.id}: draws nothing for {len(rows)} rows"] if rows else []
            continue
        picture = Picture(visual, drawings[visual.id], rows, colours)
        found += [f"{visual.id}: {one}" for one in differences(picture)]
    return found


def _wrong_rows(drill: Drill, url: str, tables: Mapping[str, str]) -> Iterator[str]:
    """Yield what the figures of one product are otherwise than its rows in the page's tables."""
    [id_] = parse_qs(urlsplit(url).fragment)[drill.of]
    one = {visual.measures[0]: visual.id for visual in drill.visuals if visual.kind == "figure"}
    for name in ("product_table", "returns_by_product"):
        row = next((row for row in rows_of(tables.get(name, "")) if row[drill.of] == id_), {})
        for measure in row.keys() & one.keys():
            [shown] = rows_of(tables[one[measure]])
            if shown[measure] != row[measure]:
                yield f"{id_}, {measure}: {shown[measure]}, and {row[measure]} in {name}"
