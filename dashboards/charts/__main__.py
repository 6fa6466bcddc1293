"""Write Vega and the charts of all pages to a folder."""

import sys
from pathlib import Path

from dashboards.catalogue import PAGES
from dashboards.catalogue.returns import with_returns
from dashboards.charts import specifications, vega_bundle
from dashboards.cubes.encoding import script, wrapped


def write(folder: Path) -> None:
    """Write what the browser draws charts with, which depends on the code alone."""
    (folder / "vega.js").write_text(wrapped(vega_bundle()), encoding="utf-8")
    for page in map(with_returns, PAGES):
        charts = script("specs", specifications(page))
        (folder / f"charts_{page.id}.js").write_text(charts, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
