"""The port: what orders ask of a venue."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from arena.kit.db import Tx
from arena.trading.market import Bars
from arena.trading.venues.model import Matched, Ticket


class Venue(Protocol):
    """Where tickets go. `latency` is the stated time a ticket needs to take effect there."""

    @property
    def latency(self) -> timedelta: ...

    async def submit(self, tx: Tx, ticket: Ticket) -> None: ...

    async def cancel(self, tx: Tx, order_id: str) -> bool:
        """Takes the ticket off the venue; False where it had left already."""
        ...

    async def match(self, tx: Tx, bars: Bars, *, accounts: Sequence[str]) -> Matched:
        """What these bars, just closed, did to these accounts' resting tickets of their instruments.

        The caller holds the accounts' locks.
        """
        ...
