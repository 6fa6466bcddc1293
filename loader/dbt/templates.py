"""What Jinja compiled of macros and models, kept beside what dbt parsed of them."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import CodeType

from jinja2 import Environment, FileSystemBytecodeCache

FOLDER = "compiled_templates"


def keep_compiled_templates(target: Path) -> None:
    """Let Jinja compile a template once, and find it in dbt's target folder from then on.

    dbt keeps what it parsed, but compiles each macro and model anew in each command: a tenth of a
    build's time. A template that is changed is another one, and the former stays until `dbt clean`.
    """
    folder = target / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache = FileSystemBytecodeCache(str(folder))
    Environment.compile = _kept(cache, Environment.compile)  # type: ignore[assignment, method-assign]


def _kept(
    cache: FileSystemBytecodeCache, compile_anew: Callable[..., CodeType]
) -> Callable[..., CodeType]:
    def compiled(environment: Environment, source: object, *names: object) -> CodeType:
        if names or not isinstance(source, str):
            return compile_anew(environment, source, *names)
        # how dbt uses Jinja differs between its classes, and the same text is compiled by both
        key = f"{type(environment).__name__} {hashlib.sha256(source.encode()).hexdigest()}"
        bucket = cache.get_bucket(environment, key, None, source)
        if bucket.code is None:
            bucket.code = compile_anew(environment, source)
            cache.set_bucket(bucket)
        return bucket.code

    return compiled
