"""Where a built-in strategy works: its place in the line-up, and how its feed stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.errors import NotFound
from arena.signals.lab.strategy import Parameters


class NoSuchStrategy(NotFound):
    """There is no built-in strategy {name}; there are {known}."""


@dataclass(frozen=True, slots=True)
class Post:
    """One place in the line-up: which collective runs which strategy on which instrument."""

    collective: str
    about: str
    strategy: str
    parameters: Parameters
    instrument: str
    feed_name: str

    @property
    def slug(self) -> str:
        return slug_of(self.collective)


@dataclass(frozen=True, slots=True)
class Employed:
    """A strategist at work, and where its feed stands. `weight` is its last target."""

    feed_id: str
    collective_id: str
    collective: str
    strategy: str
    parameters: Parameters
    instrument: str
    tick: Decimal
    lineage: Mapping[str, str]
    last_sequence: int
    last_hash: str
    weight: Decimal
    decided_at: datetime | None


def slug_of(name: str) -> str:
    return name.lower().replace(" ", "-")
