"""loader dashboard."""

import click

from loader.config.settings import load_settings
from loader.database.retry import retry_transient


@click.command(short_help="Show the dashboards in the browser.")
@click.option("--port", default=8765, show_default=True, help="Where to serve; 0 takes a free one.")
@click.option("--open/--no-open", "is_opened", default=True, help="Open the browser or just serve.")
@click.option("--build-only", is_flag=True, help="Write the pages and serve nothing.")
def dashboard(port: int, *, is_opened: bool, build_only: bool) -> None:
    """Show the dashboards of the last publication, built first where they are of another one.

    They are served on the loopback address until Ctrl+C. The pages need no server, though: open
    exports/dashboards/index.html, or put the folder on any web server.
    """
    # Charts take a second to import: the other commands need not wait for them.
    from dashboards.site import serve  # noqa: PLC0415
    from dashboards.site.build import build_if_needed  # noqa: PLC0415

    settings = load_settings()
    if retry_transient(lambda: build_if_needed(settings)):
        click.echo(f"wrote {settings.site_dir}")
    if build_only:
        return
    with serve.server(settings.site_dir, port) as started:
        address = serve.url(started)
        is_shown = is_opened and serve.open_browser(address)
        click.echo(f"{'opened' if is_shown else 'open'} {address} (Ctrl+C ends)")
        try:
            started.serve_forever()
        except KeyboardInterrupt:
            click.echo("ended")
