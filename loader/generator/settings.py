"""The generator's settings: read from a file, laid over the defaults, and checked."""

import tomllib
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from loader.errors import LoaderError
from loader.generator.keys import KEYS, MONTHS, WEEKDAYS, Key
from loader.generator.kinds import NAMES

SETTINGS = Path(__file__).with_name("settings.toml")
DEFAULT_PRESET = "demo"
HISTORY_DAYS = 365
FIXED_NAMES = {"demand.weekdays_pct": WEEKDAYS, "demand.months_pct": MONTHS}

WHOLE = ("segments", "depths", "sizes", "quantities")  # tables whose names a file is free to choose

Shares = dict[int, Decimal]


@dataclass(frozen=True)
class Segment:
    """Hold how a group of customers behaves."""

    share: Decimal
    order_rate: Decimal
    lapse_pct_per_30_days: Decimal
    larger_basket_pct: Decimal
    discount_appetite: Decimal


@dataclass(frozen=True)
class ShopSettings:
    """Hold the settings of a shop; `keys.KEYS` says what each means and its range."""

    preset: str
    seed: int
    vocabulary: Path
    shop: dict[str, Any]
    demand: dict[str, Any]
    customers: dict[str, Any]
    products: dict[str, Any]
    stock: dict[str, Any]
    discounts: dict[str, Any]
    baskets: dict[str, Shares]
    files: dict[str, Any]
    returns: dict[str, Any]
    defects: dict[str, Any]

    @property
    def opened_on(self) -> date:
        """Return the day of the first orders."""
        opened_on: date = self.shop["opened_on"]
        return opened_on

    @property
    def segments(self) -> dict[str, Segment]:
        """Return the segments by name, in the file's order."""
        return {name: Segment(**values) for name, values in self.customers["segments"].items()}

    @property
    def look_back_days(self) -> int:
        """Return how many days back a sale can still be news: late, or corrected."""
        news: int = self.files["late_days"] + self.files["corrected_days"]
        return news

    def as_values(self) -> dict[str, Any]:
        """Return everything for a manifest; the vocabulary by its file's name.

        Returns only where there are some: a shop without them is one of an older release, too.
        """
        values = asdict(self) | {"vocabulary": self.vocabulary.name}
        if not self.has_returns:
            del values["returns"]
        return values

    @property
    def has_returns(self) -> bool:
        """Return whether the shop delivers returns."""
        return bool(self.returns["pct"])


@dataclass(frozen=True)
class ShopChoice:
    """Say which shop is meant: a preset, and what is laid over it, the later the stronger.

    `changes` names single keys by path, such as ("shop.orders_per_day", 40).
    """

    preset: str = DEFAULT_PRESET
    file: Path | None = None
    seed: int | None = None
    changes: tuple[tuple[str, Any], ...] = ()
    defects: tuple[tuple[str, Decimal], ...] = ()
    returns: Decimal | None = None

    @property
    def return_settings(self) -> dict[str, Any]:
        """Return a share of items as per cent."""
        return {} if self.returns is None else {"returns": {"pct": 100 * self.returns}}

    @property
    def defect_settings(self) -> dict[str, Any]:
        """Return shares of rows as per cent: all kinds in turn where there is no name."""
        named = {name: 100 * share for name, share in self.defects if name}
        in_turn = {name or "pct": 100 * share for name, share in self.defects if not name}
        kinds = {"kinds": named} if named else {}
        return {"defects": in_turn | kinds} if self.defects else {}


def load_shop_settings(choice: ShopChoice | None = None) -> ShopSettings:
    """Return the settings of a shop. A settings file may hold presets of its own.

    Raises:
        LoaderError: names the key that is unknown or out of range, and the range.
    """
    choice = choice or ShopChoice()
    default = _read(SETTINGS)
    own = _read(choice.file) if choice.file else {}
    presets = default.pop("presets") | own.pop("presets", {})
    if choice.preset not in presets:
        known = ", ".join(presets)
        raise LoaderError(f"there is no preset {choice.preset!r}; choose one of {known}")
    seed = {} if choice.seed is None else {"seed": choice.seed}
    values = default
    layers = (presets[choice.preset], own, choice.defect_settings, choice.return_settings, seed)
    for layer in layers:
        values = _laid_over(values, layer, WHOLE)
    values = _laid_over(values, _nested(choice.changes), ())
    file = choice.file or SETTINGS
    _check(values, file)
    vocabulary = _vocabulary_file(values.pop("vocabulary"), file)
    return ShopSettings(preset=choice.preset, vocabulary=vocabulary, **_converted(values))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise LoaderError(f"cannot read the settings {file}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise LoaderError(f"{file} is not TOML: {error}") from None


def _nested(changes: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in changes:
        *groups, name = path.split(".")
        inner = nested
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = value
    return nested


def _laid_over(
    below: dict[str, Any], above: dict[str, Any], whole: tuple[str, ...]
) -> dict[str, Any]:
    """Lay a table over another; those that are named in `whole` are replaced, not merged."""
    merged = dict(below)
    for name, value in above.items():
        is_table = isinstance(value, dict) and isinstance(below.get(name), dict)
        is_merged = is_table and name not in whole
        merged[name] = _laid_over(below[name], value, whole) if is_merged else value
    return merged


def _check(values: dict[str, Any], file: Path) -> None:
    flat = dict(_flattened(values))
    for path, value in flat.items():
        key = _key_of(path)
        if key is None:
            near = get_close_matches(path, [key.path for key in KEYS], 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise LoaderError(f"{file}: there is no setting {path}{hint}")
        if not key.fits(value):
            raise LoaderError(f"{file}: {path} is {_shown(value)}; give {key.range}")
    missing = [
        f"customers.segments.{name}.{part}"
        for name, segment in values["customers"]["segments"].items()
        for part in Segment.__dataclass_fields__
        if part not in segment
    ]
    missing += [key.path for key in KEYS if not any(fnmatchcase(path, key.path) for path in flat)]
    if missing:
        raise LoaderError(f"{file}: {missing[0]} is missing")
    for name in values["defects"]["kinds"]:
        _check_defect(name, file)
    if values["returns"]["pct"] and (values["defects"]["pct"] or values["defects"]["kinds"]):
        raise LoaderError(
            f"{file}: defects are planted in a shop without returns, as the answer key cannot say "
            "which returns lose their item; leave out one of the two"
        )
    if not any(values["demand"]["weekdays_pct"].values()):
        raise LoaderError(f"{file}: demand.weekdays_pct is 0 on every day; give one at least")


def _check_defect(name: str, file: Path) -> None:
    if name not in NAMES:
        near = get_close_matches(name, NAMES, 1)
        hint = f"; did you mean {near[0]}?" if near else "; docs/generator.md lists them"
        raise LoaderError(f"{file}: there is no kind of defect {name}{hint}")


def _flattened(values: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    flat = []
    for name, value in values.items():
        inner = f"{path}.{name}" if path else name
        key = _key_of(inner)
        if isinstance(value, dict) and (key is None or key.kind not in {"shares", "defects"}):
            flat += _flattened(value, inner)
        else:
            flat.append((inner, value))
    return flat


def _key_of(path: str) -> Key | None:
    group, _, name = path.rpartition(".")
    if group in FIXED_NAMES and name not in FIXED_NAMES[group]:
        return None
    depth = path.count(".")
    return next(
        (key for key in KEYS if key.path.count(".") == depth and fnmatchcase(path, key.path)), None
    )


def _shown(value: Any) -> str:  # noqa: ANN401
    return str(value) if isinstance(value, Decimal | int) else repr(value)


def _vocabulary_file(name: str, file: Path) -> Path:
    """Return the file of the vocabulary: beside the settings, or one of the generator's own."""
    beside = file.parent / name
    found = beside if beside.is_file() else SETTINGS.parent / name
    if not found.is_file():
        raise LoaderError(f"{file}: vocabulary is {name!r}; there is no file {beside}")
    return found


def _converted(values: dict[str, Any]) -> dict[str, Any]:
    """Return the names of shares as the numbers they are, in order."""
    by_number = {
        group: {
            name: {int(key): value[key] for key in sorted(value, key=int)}
            if name in ("depths", "sizes", "quantities")
            else value
            for name, value in values[group].items()
        }
        for group in ("discounts", "baskets")
    }
    return {**values, **by_number}
