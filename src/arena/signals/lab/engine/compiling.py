"""How the engine's functions are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Kept on disk, so that only the first run waits. NumPy's rules: a division by zero is no exception.

    References are not counted (`_nrt`): these functions make no arrays, they only read and write those of their caller,
    which outlives them; counting at every call took two thirds of a back-test's time.
    """
    made: Function = njit(cache=True, error_model="numpy", _nrt=False)(function)
    return made
