"""What is kept of the curves in memory: midnights and the deepest fall, so that only new marks need reading.

A record is only ever added to, so what was read of it stays right.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from arena.kit.db import Row, Tx
from arena.trading.performance import store
from arena.trading.performance.returns import Floats

_DAY = timedelta(days=1)
_ACCOUNTS_MAX = 20_000
_AT_ONCE = 500  # accounts read by one statement; the first look may have years to read


@dataclass(slots=True)
class _Kept:
    """An account's curve up to `until`. `levels`: the opening cash, then the equity at each UTC midnight from
    `first` on; `fall` is the largest fall from a peak over all marks, as a fraction."""

    until: datetime
    first: datetime | None
    levels: "array[float]"
    peak: float
    fall: float = 0.0

    def levels_at(self, as_of: datetime) -> Floats:
        days = 0 if self.first is None else (as_of - self.first) // _DAY + 1
        return np.array(self.levels[: 1 + max(days, 0)])


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve as of a midnight: the opening cash and the equity at each midnight since, and the deepest fall."""

    levels: Floats
    fall: float


_kept: dict[tuple[str, str], _Kept] = {}


async def curves(
    tx: Tx, database: str, accounts: Sequence[Row], as_of: datetime
) -> dict[str, Curve]:
    """Of these accounts (rows with id, opened_at, opening_cash) by id, as of a UTC midnight."""
    if len(_kept) > _ACCOUNTS_MAX:
        _kept.clear()
    known = {row["id"]: _kept.setdefault((database, row["id"]), _unread(row)) for row in accounts}
    while behind := [account_id for account_id, kept in known.items() if kept.until < as_of]:
        for start in range(0, len(behind), _AT_ONCE):
            some = behind[start : start + _AT_ONCE]
            await _read(tx, {account_id: known[account_id] for account_id in some}, as_of)
    found = {i: Curve(kept.levels_at(as_of), kept.fall) for i, kept in known.items()}
    ahead = [row for row in accounts if known[row["id"]].until > as_of]
    for start in range(0, len(ahead), _AT_ONCE):
        found.update(await _look_back(tx, found, ahead[start : start + _AT_ONCE], as_of))
    return found


async def _read(tx: Tx, known: dict[str, _Kept], as_of: datetime) -> None:
    """Adds the midnights and marks up to then to what is known."""
    since = _since(known)
    midnights = await store.new_midnights(tx, since, as_of)
    falls = await store.new_falls(tx, since, as_of)
    for account_id, until, _ in since:
        kept = known[account_id]
        if kept.until != until:  # somebody else has read it meanwhile
            continue
        at, equities = midnights[account_id]
        for number, equity in enumerate(equities):
            if equity is not None:  # there is none before the first mark
                kept.first = kept.first or at + number * _DAY
                kept.levels.append(equity)
        if account_id in falls:
            kept.peak, fall = falls[account_id]
            kept.fall = max(kept.fall, fall)
        kept.until = as_of


async def _look_back(
    tx: Tx, found: dict[str, Curve], accounts: Sequence[Row], as_of: datetime
) -> dict[str, Curve]:
    """The same with the falls of an earlier time than is known; nothing is forgotten for it."""
    since = _since({row["id"]: _unread(row) for row in accounts})
    falls = await store.new_falls(tx, since, as_of)
    return {
        account_id: Curve(
            found[account_id].levels, falls[account_id][1] if account_id in falls else 0.0
        )
        for account_id, _, _ in since
    }


def _since(known: dict[str, _Kept]) -> store.Since:
    return [(account_id, kept.until, kept.peak) for account_id, kept in known.items()]


def _unread(row: Row) -> _Kept:
    opening = float(row["opening_cash"])
    return _Kept(row["opened_at"], None, array("d", [opening]), opening)
