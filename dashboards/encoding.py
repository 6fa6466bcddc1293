"""Columns of numbers as text that a browser reads fast: planes of bytes, deflated, in base64."""

import base64
import json
import zlib

import numpy as np

TYPES = (("u8", np.uint8), ("u16", np.uint16), ("u32", np.uint32))


def encode(columns: dict[str, np.ndarray]) -> dict[str, object]:
    """Return the rows, the columns' types, and all the bytes as one text.

    Each column takes the narrowest type that holds it; bytes of one rank stand together, because
    they are alike and deflate well.
    """
    types, planes = {}, []
    rows = len(next(iter(columns.values())))
    for name, values in columns.items():
        types[name], narrow = _narrow(values)
        planes.append(narrow.view(np.uint8).reshape(rows, narrow.itemsize).T.tobytes())
    packed = zlib.compress(b"".join(planes), 6)
    return {"rows": rows, "types": types, "bytes": base64.b64encode(packed).decode("ascii")}


def _narrow(values: np.ndarray) -> tuple[str, np.ndarray]:
    if len(values) == 0 or values.min() >= 0:
        largest = int(values.max()) if len(values) else 0
        for name, dtype in TYPES:
            if largest <= np.iinfo(dtype).max:
                return name, np.ascontiguousarray(values.astype(dtype))
    return "f64", np.ascontiguousarray(values.astype(np.float64))


def script(name: str, value: object) -> str:
    """Return a classic script that hands a value to the page: a file may load it from a file."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return f"shop.take({json.dumps(name)}, {text.replace('</', '<\\/')});\n"
