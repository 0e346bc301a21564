"""The table of strategists at work, and the bars they see."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.signals.strategists.model import Employed, Post


async def insert(tx: Tx, feed_id: str, post: Post, position: int) -> None:
    await tx.execute(
        """insert into strategist (feed_id, strategy, parameters, position) values ($1, $2, $3, $4)
           on conflict (feed_id) do nothing""",
        feed_id, post.strategy, dict(post.parameters), position,
    )  # fmt: skip


async def feed_of(tx: Tx, collective_id: str, name: str) -> str | None:
    """The feed a strategist of the collective works for under this name."""
    feed_id: str | None = await tx.fetchval(
        """select f.id from strategist s join feed f on f.id = s.feed_id
           where f.collective_id = $1 and f.name = $2""",
        collective_id,
        name,
    )
    return feed_id


async def employed(tx: Tx) -> list[Employed]:
    """All strategists of open feeds, in the order they decide."""
    rows = await tx.fetch(_EMPLOYED.format(which="true"))
    return [Employed(**row) for row in rows]


async def due(tx: Tx, at: datetime) -> list[Employed]:
    """The strategists of open feeds that have not decided at `at` yet, in the order they decide."""
    rows = await tx.fetch(_EMPLOYED.format(which="(s.decided_at is null or s.decided_at < $1)"), at)
    return [Employed(**row) for row in rows]


_EMPLOYED = """
    select s.feed_id, f.collective_id, c.name as collective, s.strategy, s.parameters, f.instrument, i.tick,
           f.lineage, f.last_sequence, f.last_hash, coalesce(g.target_weight, 0) as weight, s.decided_at
    from strategist s join feed f on f.id = s.feed_id join instrument i on i.symbol = f.instrument
      join collective c on c.id = f.collective_id
      left join signal g on g.feed_id = f.id and g.sequence = f.last_sequence
    where f.status = 'open' and {which} order by s.position"""


async def set_decided(
    tx: Tx, feed_ids: Sequence[str], at: datetime, *, durably: bool = True
) -> None:
    """With `durably=False` the commit does not wait for the disk: after a crash they decide again, the same."""
    commit = "on" if durably else "off"
    await tx.execute(
        """with c as (select set_config('synchronous_commit', $3, true) as chosen)
           update strategist set decided_at = $2 from c where feed_id = any($1) and c.chosen = $3""",
        list(feed_ids), at, commit,
    )  # fmt: skip


async def bars_between(
    tx: Tx, symbols: Sequence[str], after: datetime, until: datetime
) -> list[Row]:
    """(symbol, open_at, prices and volume) of bars that open after the one time and up to the other."""
    return await tx.fetch(
        """select symbol, open_at, open, high, low, close, volume from candle
           where symbol = any($1) and open_at > $2 and open_at <= $3 order by open_at""",
        list(symbols), after, until,
    )  # fmt: skip


async def last_bars(tx: Tx, symbol: str, until: datetime, limit: int) -> list[Row]:
    """The last `limit` bars that open up to then, oldest first, in the columns of `bars_between`."""
    rows = await tx.fetch(
        """select symbol, open_at, open, high, low, close, volume from candle
           where symbol = $1 and open_at <= $2 order by open_at desc limit $3""",
        symbol, until, limit,
    )  # fmt: skip
    return rows[::-1]
