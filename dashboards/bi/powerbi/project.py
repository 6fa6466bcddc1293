"""The Power BI project (PBIP): text under version control, made from the catalogue."""

import json
import shutil
import uuid
from pathlib import Path

from dashboards.bi.powerbi.model.files import model_files
from dashboards.bi.powerbi.model.source import SourceKind
from dashboards.bi.powerbi.report.fields import Json
from dashboards.bi.powerbi.report.files import report_files
from dashboards.bi.powerbi.report.visuals import SCHEMAS
from loader.config.settings import REPOSITORY

PROJECT = REPOSITORY / "dashboards" / "powerbi"
NAME = "Shop"
MODEL, REPORT = f"{NAME}.SemanticModel", f"{NAME}.Report"
FABRIC = "https://developer.microsoft.com/json-schemas/fabric"


def project_files(
    currency: str, source: SourceKind = "csv", week_start: str = "Monday"
) -> dict[str, str]:
    """Return the text of every file of the project, by path; the same catalogue, the same text."""
    files = {f"{NAME}.pbip": _json(_project())}
    files |= {
        f"{MODEL}/.platform": _platform("SemanticModel"),
        f"{REPORT}/.platform": _platform("Report"),
    }
    files[f"{MODEL}/definition.pbism"] = _json(
        {
            "$schema": f"{FABRIC}/item/semanticModel/definitionProperties/1.0.0/schema.json",
            "version": "4.2",
            "settings": {},
        }
    )
    files[f"{REPORT}/definition.pbir"] = _json(
        {
            "$schema": f"{SCHEMAS}/definitionProperties/2.0.0/schema.json",
            "version": "4.0",
            "datasetReference": {"byPath": {"path": f"../{MODEL}"}},
        }
    )
    model = model_files(currency, source, week_start)
    files |= {f"{MODEL}/definition/{path}": text for path, text in model.items()}
    files |= {f"{REPORT}/{path}": _json(value) for path, value in report_files().items()}
    return files


def write_project(
    currency: str,
    source: SourceKind = "csv",
    folder: Path = PROJECT,
    week_start: str = "Monday",
) -> list[str]:
    """Write the project anew, leaving nothing of an older one, and return the paths."""
    for part in (MODEL, REPORT):
        shutil.rmtree(folder / part, ignore_errors=True)
    files = project_files(currency, source, week_start)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return sorted(files)


def _project() -> Json:
    return {
        "$schema": f"{FABRIC}/pbip/pbipProperties/1.0.0/schema.json",
        "version": "1.0",
        "artifacts": [{"report": {"path": REPORT}}],
        "settings": {"enableAutoRecovery": True},
    }


def _platform(kind: str) -> str:
    return _json(
        {
            "$schema": f"{FABRIC}/gitIntegration/platformProperties/2.0.0/schema.json",
            "metadata": {"type": kind, "displayName": NAME},
            "config": {
                "version": "2.0",
                "logicalId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"ecommerce-analytics/{kind}")),
            },
        }
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
