"""Cuts a sweep into chunks: neighbours together, so that they share indicators; the same on every machine."""

import numpy as np
from numpy.typing import NDArray

from arena.signals.lab.sweep.model import Configurations

# Bars times configurations in a chunk: a few tenths of a second by plan, some seconds by bar.
_PLANNED, _BY_BAR = 12_000_000, 200_000
_CHUNKS_MIN = 8
_BITS = 20


def chunks(configurations: Configurations, bars: int, *, planned: bool) -> list[NDArray[np.int64]]:
    """The numbers of the configurations of each chunk."""
    work = _PLANNED if planned else _BY_BAR
    size = max(1, min(work // bars, 1024, -(-len(configurations) // _CHUNKS_MIN)))
    order = neighbourly(configurations)
    return [order[first : first + size] for first in range(0, len(order), size)]


def neighbourly(configurations: Configurations) -> NDArray[np.int64]:
    """An order in which those next to each other differ little in every parameter: Morton's, over the ranks of the
    values (G. M. Morton, 1966)."""
    keys = np.zeros(len(configurations), np.uint64)
    columns = [np.unique(column, return_inverse=True)[1] for column in configurations.values.T]
    varied = [ranks.astype(np.uint64) for ranks in columns if ranks.any()]
    bits = min(_BITS, 64 // max(len(varied), 1))
    for bit in range(bits):
        for place, ranks in enumerate(varied):
            keys |= ((ranks >> np.uint64(bit)) & np.uint64(1)) << np.uint64(
                bit * len(varied) + place
            )
    return np.argsort(keys, kind="stable")
