"""How the engine's functions are compiled, and when what was compiled before is thrown away."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit

from arena.kit.canonical import sha256_hex

Function = Callable[..., Any]


def compiled() -> Callable[[Function], Function]:
    """Kept on disk, so that only the first run waits. NumPy's rules: a division by zero is no exception.

    References are not counted (`_nrt`): these functions make no arrays, they only read and write those of their caller,
    which outlives them; counting at every call took two thirds of a back-test's time.
    """
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}

    def compile_it(function: Function) -> Function:
        made: Any = njit(**options)(function)
        # numba asks whether the function's own file has changed. It has taken in functions of other files, too.
        made._cache._cache_file._source_stamp = (sources_sha(),)
        compiled_function: Function = made
        return compiled_function

    return compile_it


@cache
def sources_sha() -> str:
    """SHA-256 (hex) of all files of the engine: what was compiled of others is stale."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return sha256_hex(b"\0".join(file.read_bytes() for file in files))
