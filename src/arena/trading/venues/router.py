"""The exchange router: the venue an account trades at, opened once, behind the breaker of its exchange."""

import asyncio
from collections.abc import Awaitable, Callable

from arena.trading.venues.guarded import Guarded, Pulse
from arena.trading.venues.venue import Venue, VenueHealth

OpenVenue = Callable[[str], Awaitable[Venue]]


class Router:
    """One a process. `open_venue` makes the venue of an account, with its key; it raises what stands in the way."""

    def __init__(self, open_venue: OpenVenue) -> None:
        self._open_venue = open_venue
        self._venues: dict[str, Guarded] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._pulses: dict[str, Pulse] = {}

    async def venue(self, account_id: str) -> Guarded:
        """The account's venue; all accounts at one exchange share its breaker."""
        async with self._opening.setdefault(account_id, asyncio.Lock()):
            found = self._venues.get(account_id)
            if found is None:
                opened = await self._open_venue(account_id)
                pulse = self._pulses.setdefault(opened.name, Pulse(opened.name))
                found = self._venues[account_id] = Guarded(opened, pulse)
            return found

    async def forget(self, account_id: str) -> None:
        """The account's key was revoked or replaced: its venue is closed, and opened anew when next asked for."""
        found = self._venues.pop(account_id, None)
        if found is not None:
            await found.close()

    def health(self) -> tuple[VenueHealth, ...]:
        """By name; of accounts at one exchange the one that was opened last speaks for its streams."""
        return tuple(
            {venue.name: venue.health() for venue in self._venues.values()}[name]
            for name in sorted({venue.name for venue in self._venues.values()})
        )

    async def close(self) -> None:
        for account_id in list(self._venues):
            await self.forget(account_id)
