"""Compares two accounts of the arena over the days both were open, up to the last midnight of product time."""

from dataclasses import dataclass
from datetime import timedelta

from arena.kit.db import Tx
from arena.kit.errors import Refused
from arena.trading.performance import store
from arena.trading.performance.days import days
from arena.trading.performance.leaderboard import account_curve, lines_of
from arena.trading.performance.model import Ranked
from arena.trading.performance.pairs import Pair, pair_of
from arena.trading.portfolio import NoSuchAccount


class SameAccount(Refused):
    """An account cannot be compared with itself; name two."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both accounts with their whole records, without a rank, and what the days they share say."""

    first: Ranked
    second: Ranked
    pair: Pair


async def compare(tx: Tx, first: str, second: str, *, span_days: int | None = None) -> Comparison:
    """Over all days both share, or those of the last `span_days`. Closed accounts can be compared, too.

    Raises NoSuchAccount, also for accounts that are on no board, and SameAccount.
    """
    if first == second:
        raise SameAccount
    _, as_of = await store.whereabouts(tx)
    rows = {
        row["id"]: row
        for row in await store.entrants(tx, [first, second], as_of)
        if row["kind"] in ("reference", "collective")
    }
    for account_id in (first, second):
        if account_id not in rows:
            raise NoSuchAccount(account_id=account_id)
    known = await days(tx, [first, second], as_of)
    since = None if span_days is None else as_of - timedelta(days=span_days)
    both = [rows[first], rows[second]]
    lines = lines_of(both, [account_curve(row, known, as_of) for row in both])
    spans = [account_curve(row, known, as_of, since=since) for row in both]
    return Comparison(lines[0], lines[1], pair_of(spans[0], spans[1]))
