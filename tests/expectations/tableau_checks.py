"""See that dashboards, actions, buttons, phones, hierarchies and folders name what is there."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from expectations.tableau import PARAMETERS, QUALIFIED, Workbook, named

UNITS = 100_000
# Elements that Tableau reads only where the manifest lists their feature: it refuses them else.
FEATURES = {
    ".//button": "BasicButtonObject",
    ".//button-visual-state/caption": "BasicButtonObjectTextSupport",
    ".//object-graph": "ObjectModelEncapsulateLegacy",
    ".//column[@datatype='table']": "ObjectModelTableType",
    ".//folders-common": "SchemaViewerObjectModel",
    ".//zone[@type-v2]": "SetMembershipControl",
    ".//worksheet/simple-id": "SheetIdentifierTracking",
    ".//window/simple-id": "WindowsPersistSimpleIdentifiers",
    ".//manual-sort": "SortTagCleanup",
    ".//computed-sort": "SortTagCleanup",
}
OF_TWO_FACTS = "ObjectModelSharedDimensions"


def check(book: Workbook) -> None:
    check_manifest(book)
    check_parameters(book)
    for name, dashboard in book.dashboards.items():
        check_dashboard(book, name, dashboard)
        check_buttons(book, name, dashboard)
        check_phone(name, dashboard)
    check_actions(book)
    for source in book.sources.values():
        check_fields(source.name, source.element)


def check_manifest(book: Workbook) -> None:
    listed = {feature.tag for feature in book.root.iterfind("document-format-change-manifest/*")}
    for path, feature in FEATURES.items():
        assert book.root.find(path) is not None, path
        assert feature in listed, f"{path} needs {feature}"
    facts = max(len(source.bases) for source in book.sources.values())
    assert (facts == 2) == (OF_TWO_FACTS in listed)


def check_parameters(book: Workbook) -> None:
    """See that a parameter's value is one of its list, and that views declare what they use."""
    for column in book.root.findall(f"datasources/datasource[@name='{PARAMETERS}']/column"):
        members = [member.get("value") for member in column.iter("member")]
        assert column.get("value") in (members or [column.get("value")])
        calculation = column.find("calculation")
        assert calculation is not None
        assert calculation.get("formula") == column.get("value")
    for view in (*book.root.iter("view"), *book.dashboards.values()):
        links = named(view.findall("datasources/datasource"))
        depends = {d.get("datasource"): d for d in view.findall("datasource-dependencies")}
        assert links.keys() == depends.keys()
        used = {name for e in view.iter() for name in _parameters_in(e)}
        declared = named(depends[PARAMETERS].iter("column")) if PARAMETERS in depends else {}
        assert used <= declared.keys() <= book.parameters.keys(), used


def _parameters_in(element: Element) -> Iterator[str]:
    for text in element.attrib.values():
        for source, name in QUALIFIED.findall(text):
            if source == PARAMETERS:
                yield name


def check_dashboard(book: Workbook, name: str, dashboard: Element) -> None:
    instances = set(named(dashboard.iter("column-instance")))
    shown = set()
    for zone in dashboard.iter("zone"):
        if zone.get("name"):
            assert zone.get("name") in book.sheets, f"{name}: no sheet {zone.get('name')}"
            shown.add(zone.get("name"))
        kind = zone.get("type-v2")
        if kind in ("filter", "paramctrl"):
            ((source, field),) = QUALIFIED.findall(zone.attrib["param"])
            known = book.parameters if kind == "paramctrl" else instances
            assert source in (*book.sources, PARAMETERS)
            assert field in known, f"{name}: {field}"
    (window,) = book.root.findall(f"windows/window[@name='{name}']")
    assert {v.get("name") for v in window.iter("viewpoint")} == shown


def check_buttons(book: Workbook, name: str, dashboard: Element) -> None:
    """See that every page has a button to each page, which opens the window of that page."""
    windows = {
        id_.attrib["uuid"]: window.attrib["name"]
        for window in book.root.findall("windows/window[@class='dashboard']")
        for id_ in window.findall("simple-id")
    }
    zones = dashboard.find("zones")
    assert zones is not None
    opened = []
    for button in zones.iter("button"):
        target = button.attrib["action"].removeprefix("tabdoc:goto-sheet window-id=")
        assert windows[target.strip('"')] == button.findtext("button-visual-state/caption"), name
        opened.append(windows[target.strip('"')])
    assert opened == list(book.dashboards), name


def check_phone(name: str, dashboard: Element) -> None:
    """See that a phone shows all of a page, as wide as it is, one below the other."""
    (phone,) = dashboard.findall("devicelayouts/devicelayout[@name='Phone']")
    desk = dashboard.findall("zones/zone/zone")
    flow = phone.findall("zones/zone/zone[@type-v2='layout-flow']/zone")
    assert list(map(_identity, flow)) == list(map(_identity, desk)), name
    size = phone.find("size")
    assert size is not None
    assert sum(int(zone.attrib["fixed-size"]) for zone in flow) == int(size.attrib["maxheight"])
    below = 0
    for zone in flow:
        assert (zone.get("x"), zone.get("w")) == ("0", str(UNITS)), name
        assert int(zone.attrib["y"]) >= below - 1
        below = int(zone.attrib["y"]) + int(zone.attrib["h"])
    assert below <= UNITS
    for layout in (dashboard.find("zones"), phone):
        ids = [zone.get("id") for zone in layout.iter("zone")] if layout is not None else []
        assert len(set(ids)) == len(ids) > 0
    for zone in dashboard.iter("zone"):
        assert int(zone.attrib["x"]) + int(zone.attrib["w"]) <= UNITS
        assert int(zone.attrib["y"]) + int(zone.attrib["h"]) <= UNITS


def _identity(zone: Element) -> tuple[str | None, ...]:
    return tuple(zone.get(name) for name in ("id", "name", "type-v2", "param"))


def check_actions(book: Workbook) -> None:
    """See that an action goes from a sheet of its page to all that filters reach, and no other."""
    for action in book.root.findall("actions/action"):
        source, command = action.find("source"), action.find("command")
        assert source is not None
        assert command is not None
        given = {p.attrib["name"]: p.attrib["value"] for p in command.iter("param")}
        page = source.attrib["dashboard"]
        assert given["target"] == page
        on_page = {z.get("name") for z in book.dashboards[page].iter("zone")} - {None}
        excluded = set(given["exclude"].split(","))
        assert {source.get("worksheet")} <= excluded <= on_page, page
        of = book.sheets[source.attrib["worksheet"]].source
        reached = {name for name in on_page - excluded if name}
        assert {book.sheets[name].source for name in reached} == {of}
        apart = {book.sheets[name].source for name in excluded - {source.get("worksheet")} if name}
        assert of not in apart


def check_fields(name: str, source: Element) -> None:
    """See that captions differ, and that hierarchies and folders hold every visible field once."""
    declared = [c for c in source.findall("column") if c.get("datatype") != "table"]
    captions = [column.get("caption") for column in declared]
    assert len(set(captions)) == len(captions), f"{name}: {sorted(map(str, captions))}"
    filed = [field.text for field in source.findall("drill-paths/drill-path/field")]
    filed += [item.get("name") for item in source.findall("folders-common/folder/folder-item")]
    if filed:
        visible = [c.get("name") for c in declared if c.get("hidden") != "true"]
        assert sorted(map(str, filed)) == sorted(map(str, visible)), name
