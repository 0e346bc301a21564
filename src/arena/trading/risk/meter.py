"""What an account's drawdowns and its pace are measured against, kept up in memory by whoever trades for it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from arena.trading.risk.model import Watch
from arena.trading.risk.pace import Pace


@dataclass(slots=True)
class Meter:
    """Of one account. `day_start_equity` is the equity of the last mark at or before the midnight (UTC) that began
    `day`, `peak_equity` the highest of any mark, `equity` that of the last; in quote units. `standing` reads them from
    the database, `mark` goes on from there."""

    day: date
    day_start_equity: Decimal
    peak_equity: Decimal
    equity: Decimal
    pace: Pace = field(default_factory=Pace)

    def mark(self, at: datetime, equity: Decimal) -> None:
        """The account was valued at `at` (product time)."""
        self._turn(at)
        if at.time() == time(0):
            self.day_start_equity = equity
        self.equity = equity
        self.peak_equity = max(self.peak_equity, equity)

    def flow(self, value: Decimal) -> None:
        """Money came in (above zero) or went out: neither gain nor loss, so all that is compared moves with it."""
        self.day_start_equity += value
        self.peak_equity += value
        self.equity += value

    def watch(self, at: datetime, open_orders: int, *, ahead: int = 0) -> Watch:
        """For the decision on an order at `at`; `ahead` are those that are taken together with it and before it."""
        self._turn(at)
        in_10s, in_day = self.pace.counts(at)
        return Watch(
            self.day_start_equity, self.peak_equity, in_10s + ahead, in_day + ahead, open_orders + ahead
        )  # fmt: skip

    def _turn(self, at: datetime) -> None:
        if at.date() != self.day:
            self.day, self.day_start_equity = at.date(), self.equity
