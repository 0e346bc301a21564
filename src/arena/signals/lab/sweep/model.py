"""Configurations of a sweep, how far it is, and what can be wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.kit.canonical import sha256_hex
from arena.kit.errors import Conflict, NotFound, Refused, Unavailable

CONFIGURATIONS_MAX = 1_000_000
COMBINATIONS_MAX = 20_000_000
"""Before the conditions between parameters leave some out."""


class BadSpace(Refused):
    """These configurations of {strategy} cannot be swept: {why}."""


class TooManyConfigurations(Refused):
    """{count} configurations are more than the {most} a sweep may have. Take larger steps, or draw some at random."""


class BadStudy(Refused):
    """This cannot be swept: {why}."""


class OtherStudy(Conflict):
    """{folder} holds another sweep: its {differs} differs. Choose an empty folder, or remove this one."""


class FolderBusy(Conflict):
    """Another process is writing to the sweep in {folder}; wait for it, or end it."""


class NoStudy(NotFound):
    """{folder} holds no sweep."""


class NoCluster(Unavailable):
    """The cluster at {address} cannot be used: {why}."""


class OutOfReach(Unavailable):
    """A worker cannot read {file}. Give the sweep a folder that all machines of the cluster share."""


@dataclass(frozen=True, slots=True, eq=False)
class Configurations:
    """Parameters of many configurations: a row each, a column for each of `names`. Their numbers are the rows'."""

    names: tuple[str, ...]
    values: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, number: int) -> dict[str, int]:
        return dict(zip(self.names, self.values[number].tolist(), strict=True))

    def __iter__(self) -> Iterator[dict[str, int]]:
        return (self[number] for number in range(len(self)))

    @property
    def sha(self) -> str:
        """SHA-256 (hex) of the names and the rows, as little-endian 64-bit numbers."""
        head = "\n".join(self.names).encode() + b"\0"
        return sha256_hex(head + self.values.astype("<i8").tobytes())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is: configurations done of all, and of those done now how many a second. `seconds_left` is None
    until one is done. `best` is the highest Sharpe ratio so far with its `parameters` and `total_return`."""

    done: int
    total: int
    per_second: float
    seconds_left: float | None
    best: Mapping[str, Any] | None = None
