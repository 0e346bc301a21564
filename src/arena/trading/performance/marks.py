"""Marks in the database: all accounts that need one marked by one statement.

A reference account is marked at every bar's close, as its record demands. Any other account is marked where that says
something new: while it holds a position, when its cash has changed, and at every UTC midnight. In between it rests at
its last mark, and whoever reads a curve carries that forward. Ten thousand accounts of which most rest cost a thousand
rows a minute so, where every one of them marked each minute would be fourteen million rows a day.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx

# One index probe an instrument finds its last close.
_CLOSES = """select i.symbol, c.close from instrument i cross join lateral
    (select close from candle where symbol = i.symbol and open_at < $1 order by open_at desc limit 1) c"""
_PRICES = "select * from unnest($3::text[], $4::numeric[]) p(symbol, close)"
_RESTS = """exists (select from (select cash, exposure from equity_mark m where m.account_id = s.id and m.at < $1
    order by m.at desc limit 1) m where m.cash = s.cash and m.exposure = 0)"""


async def insert_marks(tx: Tx, at: datetime) -> int:
    """Marks at the last closes of bars, as of a bar's close; returns how many."""
    return await tx.execute(_statement(_CLOSES, "s.kind = 'reference' or"), at, _is_midnight(at))


async def insert_marks_between(tx: Tx, at: datetime, prices: Mapping[str, Decimal]) -> int:
    """Marks at these prices (quote units, by symbol), where bars are longer than a minute; a held instrument without
    a price counts at nothing, so give all. Reference accounts are left out: they are marked at closes and nowhere
    else."""
    return await tx.execute(
        _statement(_PRICES, "s.kind <> 'reference' and"), at, _is_midnight(at), list(prices),
        list(prices.values()),
    )  # fmt: skip


def _statement(prices: str, kinds: str) -> str:
    return f"""with last as materialized ({prices}),
        worth as (
          select p.account_id, sum(p.quantity * l.close) as value
          from position p join last l using (symbol) where p.quantity > 0 group by p.account_id),
        standing as (
          select a.id, a.kind, b.quantity as cash, coalesce(w.value, 0) as value
          from account a join balance b on b.account_id = a.id and b.asset = a.quote
            left join worth w on w.account_id = a.id
          where a.closed_at is null and a.opened_at <= $1)
      insert into equity_mark (account_id, at, equity, cash, exposure)
      select s.id, $1, s.cash + s.value, s.cash, s.value from standing s
      where {kinds} ($2 or s.value <> 0 or not {_RESTS})
      order by s.id on conflict (account_id, at) do nothing"""


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
