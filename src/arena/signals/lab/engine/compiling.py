"""How the engine's functions are compiled."""

from collections.abc import Callable
from typing import Any

from numba import njit

Function = Callable[..., Any]


def compiled() -> Callable[[Function], Function]:
    """Kept on disk, so that only the first run waits; a change of one file does not reach what another one's functions
    have taken in of it, so whoever edits these removes `__pycache__/*.nb?`. NumPy's rules: a division by zero is no
    exception.

    References are not counted (`_nrt`): these functions make no arrays, they only read and write those of their caller,
    which outlives them; counting at every call took two thirds of a back-test's time.
    """
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
    decorator: Callable[[Function], Function] = njit(**options)
    return decorator
