"""The record of a listing as the public may see it: up to the last midnight, with its phases and intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arena.kit.clock import from_iso
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.signals import feeds
from arena.trading import performance, portfolio
from arena.web.draw import Level, Phase


@dataclass(frozen=True, slots=True)
class Record:
    """`levels` are the opening and a value a day. `score`, `metrics` and their `intervals` are those of the last
    rescore, at `figures_at`, and None before the first. Fractions, product time."""

    account_id: str
    quote: str
    levels: tuple[Level, ...]
    phases: tuple[Phase, ...]
    badges: tuple[listings.Badge, ...]
    score: Mapping[str, Any] | None
    metrics: Mapping[str, Any] | None
    intervals: performance.Intervals | None
    figures_at: datetime | None
    days: int | None
    signals: int

    @property
    def until(self) -> datetime | None:
        """Up to when the metrics go."""
        return from_iso(self.metrics["until"]) if self.metrics else None

    @property
    def drawn(self) -> bool:
        """Whether there is a curve to draw: at least one midnight has passed."""
        return len(self.levels) > 1

    @property
    def net_return(self) -> float:
        return self.levels[-1].equity / self.levels[0].equity - 1


async def record_of(tx: Tx, listing: listings.Listing, feed: feeds.Feed) -> Record:
    """The listing's record up to the last UTC midnight of product time."""
    reference = await portfolio.account(tx, feed.account_id)
    marks = await performance.midnights(tx, feed.account_id, tx.now)
    levels = (
        Level(reference.opened_at, float(reference.opening_cash)),
        *(Level(mark.at, float(mark.equity)) for mark in marks),
    )
    scored = await listings.score_of(tx, listing.id)
    metrics: Mapping[str, Any] | None = scored["metrics"] if scored else None
    found = None
    if metrics is not None:
        until = from_iso(metrics["until"])
        known = [mark for mark in marks if mark.at <= until]
        daily = performance.daily_returns(reference.opening_cash, known)
        found = performance.intervals(daily, cagr=metrics["cagr"])
    return Record(
        account_id=reference.id, quote=reference.quote, levels=levels,
        phases=phases_of(levels[0].at, levels[-1].at, listed_at=listing.listed_at),
        badges=tuple(listings.BADGES[name] for name in (scored["badges"] if scored else None) or ()),
        score=scored["score"] if scored else None, metrics=metrics, intervals=found,
        figures_at=scored["at"] if scored else None, days=scored["history_days"] if scored else None,
        signals=feed.last_sequence,
    )  # fmt: skip


def phases_of(start: datetime, end: datetime, *, listed_at: datetime | None) -> tuple[Phase, ...]:
    """All evidence here is a forward record so far: burn-in before the listing was on offer, forward since."""
    if listed_at is None or listed_at >= end:
        return (Phase("burn_in", start, end),)
    if listed_at <= start:
        return (Phase("forward", start, end),)
    return (Phase("burn_in", start, listed_at), Phase("forward", listed_at, end))
