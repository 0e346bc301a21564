"""Where a feed of one's own stands this moment: its record to now, and how far it is through burn-in."""

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.signals import feeds
from arena.trading import performance, portfolio
from arena.web.draw import sparkline
from arena.web.page import _
from arena.web.page.numbers import signed_percent

POINTS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """A feed with the figures of its reference account; `line` is the equity drawn small."""

    feed: feeds.Feed
    quote: str
    equity: Decimal
    metrics: performance.Metrics
    burn_in: listings.BurnIn
    line: Markup


async def standing(tx: Tx, feed: feeds.Feed, settings: Settings) -> Standing:
    """To the newest mark, not to the last midnight: it is its owner who asks."""
    account = await portfolio.account(tx, feed.account_id)
    marks = await performance.curve(tx, account.id, points=POINTS)
    measured = await performance.measure(tx, account.id)
    levels = [account.opening_cash, *(mark.equity for mark in marks)]
    label = _(
        "Equity of %(name)s since it was opened, %(change)s net of fees",
        name=feed.name, change=signed_percent(measured.total_return),
    )  # fmt: skip
    return Standing(
        feed, account.quote, levels[-1], measured, await listings.burn_in(tx, feed, settings),
        sparkline([float(level) for level in levels], label),
    )  # fmt: skip
