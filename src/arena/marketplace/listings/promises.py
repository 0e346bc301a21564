"""The thresholds of a listing beside its record: what was promised, what came, and whether it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil, sqrt
from typing import Any

import numpy as np

from arena.kit.db import Tx
from arena.marketplace.listings.model import Listing, Thresholds
from arena.marketplace.listings.shown_card import card_of
from arena.signals import feeds
from arena.trading import performance, portfolio

DAYS_MIN = 30
"""Of forward record before drift is spoken of: with fewer, chance alone looks like it."""
VOLATILITY_MAX_PCT = 200
SHORTFALL_ERRORS_MAX = 3
_YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Promise:
    """`found` is in the unit of `limit`; None, and `kept` None, while it is too early to tell. `detail` says both in a
    sentence."""

    name: str
    limit: int
    found: float | None
    kept: bool | None
    detail: str


def suggested(card: Mapping[str, Any], said: Thresholds) -> Thresholds:
    """Thresholds of a new listing: what was said, and for the rest what the card's policy and back-test suggest. The
    deepest fall is that of the policy, else the upper end of the back-test's bootstrapped interval."""
    limits, figures = card["documents"]["policy"].get("limits") or {}, card["figures"]
    weight = min(
        (card["documents"]["policy"].get("sizing") or {}).get("weight_max_pct", 100),
        limits.get("exposure_max_pct", 100),
    )
    fall = limits.get("drawdown_max_pct", 100)
    if fall == 100:
        interval = figures["luck"].get("drawdown_interval")
        worst = max(
            interval[1] if interval else 0.0, figures["walk_forward"]["net"]["max_drawdown"]
        )
        fall = min(max(ceil(worst * 100), 1), 100)
    return Thresholds(
        said.drawdown_max_pct or fall,
        said.weight_max_pct or weight,
        said.volatility_max_pct or VOLATILITY_MAX_PCT,
        said.shortfall_errors_max or SHORTFALL_ERRORS_MAX,
    )


async def promises(tx: Tx, listing: Listing, until: datetime) -> list[Promise]:
    """Each threshold that was set, held against the record up to `until`, a UTC midnight; empty where none was."""
    held = listing.thresholds
    if held is None:
        return []
    feed = await feeds.feed(tx, listing.feed_id)
    account = await portfolio.account(tx, feed.account_id)
    marks = await performance.midnights(tx, feed.account_id, until)
    daily = performance.daily_returns(account.opening_cash, marks)
    fall = (
        (await performance.measure(tx, feed.account_id, until)).max_drawdown if len(daily) else None
    )
    weight = await feeds.largest_weight(tx, feed.id, until)
    found = [
        _fall(held.drawdown_max_pct, fall),
        _weight(held.weight_max_pct, None if weight is None else float(weight)),
    ]
    card = await card_of(tx, listing.id)
    if card is not None and card.lineage == feed.lineage:
        tested = np.array(card.body["figures"]["walk_forward"]["daily_returns"], dtype=np.float64)
        found += [
            _volatility(held.volatility_max_pct, daily, tested),
            _shortfall(held.shortfall_errors_max, daily, tested),
        ]
    return [promise for promise in found if promise is not None]


def _fall(limit: int | None, found: float | None) -> Promise | None:
    if limit is None:
        return None
    if found is None:
        early = f"At most {limit} % is promised; there is no day of record yet."
        return Promise("drawdown_max_pct", limit, None, None, early)
    percent = found * 100
    return Promise(
        "drawdown_max_pct", limit, percent, percent <= limit,
        f"The deepest fall so far is {percent:.1f} %; at most {limit} % is promised.",
    )  # fmt: skip


def _weight(limit: int | None, found: float | None) -> Promise | None:
    if limit is None:
        return None
    if found is None:
        early = f"At most {limit} % of equity is promised; there is no signal yet."
        return Promise("weight_max_pct", limit, None, None, early)
    percent = found * 100
    return Promise(
        "weight_max_pct", limit, percent, percent <= limit + 1e-9,
        f"The largest target so far is {percent:.0f} % of equity; at most {limit} % is promised.",
    )  # fmt: skip


def _volatility(
    limit: int | None, daily: np.ndarray[Any, Any], tested: np.ndarray[Any, Any]
) -> Promise | None:
    """Drift in size: the ratio of standard deviations of daily returns."""
    if limit is None:
        return None
    if len(daily) < DAYS_MIN or len(tested) < DAYS_MIN or not tested.std():
        words = f"Drift is spoken of above {limit} % of the back-test's; {_too_early(len(daily))}"
        return Promise("volatility_max_pct", limit, None, None, words)
    percent = float(daily.std(ddof=1) / tested.std(ddof=1)) * 100
    return Promise(
        "volatility_max_pct", limit, percent, percent <= limit,
        f"Days move {percent:.0f} % as much as in the back-test; drift is spoken of above {limit} %.",
    )  # fmt: skip


def _shortfall(
    limit: int | None, daily: np.ndarray[Any, Any], tested: np.ndarray[Any, Any]
) -> Promise | None:
    """Drift in level: Welch's statistic of the two means (B. L. Welch, Biometrika 34, 1947), the back-test's less the
    record's."""
    if limit is None:
        return None
    if len(daily) < DAYS_MIN or len(tested) < DAYS_MIN:
        words = f"Drift is spoken of from {limit} standard errors below the back-test; {_too_early(len(daily))}"
        return Promise("shortfall_errors_max", limit, None, None, words)
    error = sqrt(daily.var(ddof=1) / len(daily) + tested.var(ddof=1) / len(tested))
    short = float(tested.mean() - daily.mean()) / error if error else 0.0
    year = (float(daily.mean()) - float(tested.mean())) * _YEAR_DAYS
    return Promise(
        "shortfall_errors_max", limit, short, short <= limit,
        f"A year of such days would earn {year:+.0%} against the back-test, {abs(short):.1f} standard errors"
        f" {'below' if short > 0 else 'above'} it; drift is spoken of from {limit} below.",
    )  # fmt: skip


def _too_early(days: int) -> str:
    return f"it is told from {DAYS_MIN} days of record on, and there are {days}."
