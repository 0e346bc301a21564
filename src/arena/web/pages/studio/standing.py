"""Where feeds of one's own stand this moment: their record to now, and how far they are through burn-in."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.signals import feeds
from arena.trading import performance
from arena.web.draw import sparkline
from arena.web.page import _
from arena.web.page.numbers import signed_percent


@dataclass(frozen=True, slots=True)
class Standing:
    """A feed with its record to the newest mark; `line` is the equity at midnights and now, drawn small."""

    feed: feeds.Feed
    record: performance.Standing
    burn_in: listings.BurnIn
    line: Markup


async def standings(tx: Tx, found: Sequence[feeds.Feed], settings: Settings) -> list[Standing]:
    """In the same order."""
    accounts = [feed.account_id for feed in found]
    records = await performance.standings(tx, accounts)
    outlines = await performance.outlines(tx, accounts)
    return [
        Standing(
            feed, records[feed.account_id], await listings.burn_in(tx, feed, settings),
            _line(feed, records[feed.account_id], outlines.get(feed.account_id, [])),
        )
        for feed in found
    ]  # fmt: skip


def _line(feed: feeds.Feed, record: performance.Standing, outline: Sequence[float]) -> Markup:
    if not feed.last_sequence:
        return Markup("")
    label = _(
        "Equity of %(name)s since it was opened, %(change)s net of fees",
        name=feed.name, change=signed_percent(record.total_return),
    )  # fmt: skip
    return sparkline([*outline, float(record.equity)], label)
