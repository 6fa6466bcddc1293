"""Write the reference of all settings, docs/configuration.md, to standard output."""

from loader.config.reference import reference

if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201
