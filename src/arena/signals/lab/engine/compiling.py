"""How the engine's functions are compiled."""

from numba import njit

# Kept on disk, so that only the first run waits. NumPy's rules: a division by zero is no exception. Without counting
# references (`_nrt`): these functions make no arrays, they only read and write those of their caller, which outlives
# them; counting at every call took two thirds of a back-test's time.
compiled = njit(cache=True, error_model="numpy", _nrt=False)
