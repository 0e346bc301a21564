"""Where accounts stand at their newest mark, to the bar: equity, net return, deepest fall.

For the owner of a record, who may see it to now; the public sees midnights. A record is only ever added to, so
what was read of it is kept, and only new marks need reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Row, Tx
from arena.trading.performance import store

_ACCOUNTS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """An account in quote units. Fractions, not per cent; before the first mark it stands at its opening."""

    quote: str
    equity: Decimal
    total_return: float
    max_drawdown: float


@dataclass(slots=True)
class _Fall:
    """The deepest fall up to `until`, and the peak the next one is measured from."""

    until: datetime
    peak: float
    fall: float = 0.0


_falls: dict[tuple[str, str], _Fall] = {}


async def standings(tx: Tx, account_ids: Sequence[str]) -> dict[str, Standing]:
    """By account id; unknown ones are left out."""
    if len(_falls) > _ACCOUNTS_MAX:
        _falls.clear()
    rows = await tx.fetch(
        """select current_database() as database, a.id, a.quote, a.opened_at, a.opening_cash, m.at,
             coalesce(m.equity, a.opening_cash) as equity
           from account a left join lateral (select at, equity from equity_mark where account_id = a.id
             order by at desc limit 1) m on true
           where a.id = any($1::text[])""",
        list(account_ids),
    )
    falls = {
        row["id"]: _falls.setdefault((row["database"], row["id"]), _unread(row)) for row in rows
    }
    await _read(tx, falls, [row["at"] for row in rows if row["at"] is not None])
    return {
        row["id"]: Standing(
            row["quote"], row["equity"], float(row["equity"]) / float(row["opening_cash"]) - 1,
            falls[row["id"]].fall,
        )
        for row in rows
    }  # fmt: skip


async def _read(tx: Tx, falls: dict[str, _Fall], newest: Sequence[datetime]) -> None:
    """Adds the marks up to the newest of these to what is known."""
    as_of = max(newest, default=None)
    since = [
        (account_id, known.until, known.peak)
        for account_id, known in falls.items()
        if as_of is not None and known.until < as_of
    ]
    if as_of is None or not since:
        return
    found = await store.new_falls(tx, since, as_of)
    for account_id, until, _ in since:
        known = falls[account_id]
        if known.until != until:  # somebody else has read it meanwhile
            continue
        if account_id in found:
            known.peak, fall = found[account_id]
            known.fall = max(known.fall, fall)
        known.until = as_of


def _unread(row: Row) -> _Fall:
    return _Fall(row["opened_at"], float(row["opening_cash"]))
