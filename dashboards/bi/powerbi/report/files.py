"""The files of the report of the Power BI project (PBIR): its theme, its pages, their visuals."""

from dashboards.bi.powerbi.report.fields import Json
from dashboards.bi.powerbi.report.pages import PAGE, ReportPage, pages
from dashboards.bi.powerbi.report.phone import mobile_states
from dashboards.bi.powerbi.report.sheet import TOOLTIP
from dashboards.bi.powerbi.report.theme import NAME as THEME
from dashboards.bi.powerbi.report.theme import theme
from dashboards.bi.powerbi.report.visuals import SCHEMAS, VISUAL

REPORT = f"{SCHEMAS}/definition/report/3.0.0/schema.json"
RESOURCES = "RegisteredResources"


def report_files() -> dict[str, Json]:
    """Return the report's files beside its definition's pointer, by path."""
    every = pages()
    files: dict[str, Json] = {
        f"StaticResources/{RESOURCES}/{THEME}": theme(),
        "definition/version.json": {
            "$schema": f"{SCHEMAS}/definition/versionMetadata/1.0.0/schema.json",
            "version": "2.0.0",
        },
        "definition/report.json": _report(),
        "definition/pages/pages.json": {
            "$schema": f"{SCHEMAS}/definition/pagesMetadata/1.0.0/schema.json",
            "pageOrder": [page.id for page in every],
            "activePageName": every[0].id,
        },
    }
    for page in every:
        files |= _page(page)
    return files


def _report() -> Json:
    versions = {"visual": VISUAL, "page": PAGE, "report": REPORT}
    at_import = {name: schema.split("/")[-2] for name, schema in versions.items()}
    item = {"name": THEME, "path": THEME, "type": "CustomTheme"}
    return {
        "$schema": REPORT,
        "themeCollection": {
            "customTheme": {"name": THEME, "reportVersionAtImport": at_import, "type": RESOURCES}
        },
        "resourcePackages": [{"name": RESOURCES, "type": RESOURCES, "items": [item]}],
        "settings": {
            "useStylableVisualContainerHeader": True,
            "useEnhancedTooltips": True,
            "defaultDrillFilterOtherVisuals": True,
        },
    }


def _page(page: ReportPage) -> dict[str, Json]:
    folder = f"definition/pages/{page.id}"
    files = {f"{folder}/page.json": page.json()}
    for order, container in enumerate(page.containers):
        files[f"{folder}/visuals/{container.name}/visual.json"] = container.json(order)
    if page.id != TOOLTIP:  # a finger does not hover
        for name, state in mobile_states(page.containers).items():
            files[f"{folder}/visuals/{name}/mobile.json"] = state
    return files
