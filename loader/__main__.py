"""Let `python -m loader` work like `loader`."""

from loader.cli import main

main()
