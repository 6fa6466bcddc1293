"""What a sample shop delivers to a run."""

from datetime import date
from functools import partial

from loader.generator.batch import Batch
from loader.generator.settings import ShopSettings, load_shop_settings
from loader.generator.write import MANIFEST, changed_settings, generate
from loader.history.batches import newest_batch_before
from loader.pipeline.context import Run


def deliver(run: Run) -> None:
    """Write what has come since the newest batch, or the shop's history where there is none."""
    before = run.record.ask(partial(newest_batch_before, day=run.day))
    batch = (
        Batch(run.day, (run.day - before).days)
        if before
        else Batch(run.day, run.order.history_days, is_first=True)
    )
    settings = load_shop_settings(run.order.shop)
    if before:
        _warn_of_another_shop(run, before, settings)
    folder = generate(run.settings.landing_dir, batch, settings)
    run.log.line(f"wrote {folder}")


def _warn_of_another_shop(run: Run, before: date, settings: ShopSettings) -> None:
    manifest = run.settings.landing_dir / before.isoformat() / MANIFEST
    if not manifest.exists():
        what = "was not generated here"
    elif changed := changed_settings(manifest, settings):
        what = f"was generated with another {', another '.join(changed)}"
    else:
        return
    run.log.line(
        f"warning: the batch of {before} {what}; the sample shop's customers and products are "
        "others, and equal ids replace each other",
        "yellow",
    )
