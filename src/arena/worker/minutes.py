"""Marks at each full minute between bars that are longer: what trades by itself is valued at the last trades."""

from datetime import datetime, timedelta

from arena.kit.db import Database
from arena.trading import performance
from arena.trading.orders import Floor


class Minutes:
    """`pass_to` is told of the time as it goes on; where bars close each minute anyway, it has nothing to do."""

    def __init__(self, db: Database, floor: Floor, interval_s: int) -> None:
        self._db = db
        self._floor = floor
        self._interval_s = interval_s
        self._at: datetime | None = None

    async def pass_to(self, now: datetime) -> None:
        """Marks at the last full minute at or before `now`, once. Minutes at which a bar closes belong to the bar."""
        minute = now.replace(second=0, microsecond=0)
        before, self._at = self._at, minute
        if before in (None, minute) or self._closes_bar(minute):
            return
        prices = self._floor.prices()
        async with self._db.transaction() as tx:
            await performance.mark_between(tx, minute, prices)

    def _closes_bar(self, minute: datetime) -> bool:
        since_midnight = minute - minute.replace(hour=0, minute=0)
        return since_midnight % timedelta(seconds=self._interval_s) == timedelta(0)
