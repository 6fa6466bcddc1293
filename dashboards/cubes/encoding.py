"""Columns of numbers as text that a browser reads fast: planes of bytes, deflated, in base64."""

import base64
import json
import zlib
from typing import TypedDict

import numpy as np

TYPES = (("u8", np.uint8), ("u16", np.uint16), ("u32", np.uint32))


class Encoded(TypedDict):
    """Hold columns as text: how many rows, each column's type, and all the bytes."""

    rows: int
    types: dict[str, str]
    bytes: str


def encode(columns: dict[str, np.ndarray]) -> Encoded:
    """Return the rows, the columns' types, and all the bytes as one text.

    Each column takes the narrowest type that holds it; bytes of one rank stand together, because
    they are alike and deflate well.
    """
    types, planes = {}, []
    rows = len(next(iter(columns.values())))
    for name, values in columns.items():
        types[name], narrow = _narrow(values)
        planes.append(narrow.view(np.uint8).reshape(rows, narrow.itemsize).T.tobytes())
    return {"rows": rows, "types": types, "bytes": _deflated(b"".join(planes))}


def packed(value: object) -> dict[str, str]:
    """Return a value as deflated JSON: long lists of names take a fifth of the room."""
    return {"json": _deflated(_json(value).encode())}


def _deflated(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _narrow(values: np.ndarray) -> tuple[str, np.ndarray]:
    if len(values) == 0 or values.min() >= 0:
        largest = int(values.max()) if len(values) else 0
        for name, dtype in TYPES:
            if largest <= np.iinfo(dtype).max:
                return name, np.ascontiguousarray(values.astype(dtype))
    return "f64", np.ascontiguousarray(values.astype(np.float64))


def script(name: str, value: object) -> str:
    """Return a classic script that hands a value to the page: a file may load it from a file."""
    return f"shop.take({json.dumps(name)}, {_json(value).replace('</', '<\\/')});\n"


def wrapped(code: str) -> str:
    """Keep a classic script's names to itself: modules cannot be loaded from a file."""
    return f'(() => {{\n"use strict";\n{code}\n}})();\n'
