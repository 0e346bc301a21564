"""The table of what following did, which signals still wait for it, and the tape's steps."""

from datetime import datetime

from arena.kit.db import Row, Tx
from arena.signals.following.model import Act


async def insert_act(tx: Tx, act: Act) -> bool:
    """False where the signal was acted on in this account before."""
    count = await tx.execute(
        """insert into following_act (signal_id, account_id, outcome, detail, at)
           values ($1, $2, $3, $4, $5) on conflict do nothing""",
        act.signal_id, act.account_id, act.outcome, dict(act.detail), act.at,
    )  # fmt: skip
    return count == 1


async def acted(tx: Tx, signal_id: str, account_id: str) -> bool:
    return bool(
        await tx.fetchval(
            "select true from following_act where signal_id = $1 and account_id = $2",
            signal_id,
            account_id,
        )
    )


async def acts(tx: Tx, account_id: str, *, outcome: str | None = None) -> list[Act]:
    """What following did in the account, oldest first."""
    rows = await tx.fetch(
        """select signal_id, account_id, outcome, detail, at from following_act
           where account_id = $1 and ($2::text is null or outcome = $2) order by at, signal_id""",
        account_id,
        outcome,
    )
    return [Act(**row) for row in rows]


async def waiting(tx: Tx, before: datetime) -> list[tuple[str, int]]:
    """(feed id, sequence) of signals received before then and not yet acted on, in the order to act.

    One look at each feed's last signal tells whether there is anything to look for.
    """
    rows = await tx.fetch(
        """select s.feed_id, s.sequence from feed f join signal s on s.feed_id = f.id
           where f.id in (
               select l.id from feed l join signal e on e.feed_id = l.id and e.sequence = l.last_sequence
               where not exists (select from following_act a
                                 where a.signal_id = e.id and a.account_id = l.account_id))
             and not exists (select from following_act a
                             where a.signal_id = s.id and a.account_id = f.account_id)
             and s.received_at < $1
           order by s.log_index""",
        before,
    )
    return [(row["feed_id"], row["sequence"]) for row in rows]


async def superseded(tx: Tx, feed_id: str, sequence: int, account_id: str) -> bool:
    """Whether a later signal of the feed has been acted on in the account; stale ones change nothing."""
    return bool(
        await tx.fetchval(
            """select true from signal s join following_act a on a.signal_id = s.id
               where s.feed_id = $1 and s.sequence > $2 and a.account_id = $3
                 and a.outcome not in ('stale', 'no_price') limit 1""",
            feed_id,
            sequence,
            account_id,
        )
    )


async def steps(tx: Tx, *, after: datetime, until: datetime) -> list[datetime]:
    """The opens of the tape's steps after the one time and up to the other, oldest first."""
    rows = await tx.fetch(
        "select distinct open_at from candle where open_at > $1 and open_at <= $2 order by 1",
        after,
        until,
    )
    return [row["open_at"] for row in rows]


async def misstated(tx: Tx, account_id: str, symbol: str, until: datetime) -> list[Row]:
    """(id, said, was) of the account's fills whose evidence misstates what was consumed of the bar before
    them, by the fills of all accounts in the order the venue took them."""
    return await tx.fetch(
        """select id, said, was from (
             select f.id, f.account_id, (f.evidence->>'consumed_before')::numeric as said,
                    coalesce(sum(f.quantity) over (
                      partition by f.evidence->>'bar' order by (f.evidence->>'offset')::numeric, t.sequence
                      rows between unbounded preceding and 1 preceding), 0) as was
             from fill f join ticket t using (order_id) where f.symbol = $2 and f.at <= $3) all_fills
           where account_id = $1 and said <> was order by id""",
        account_id,
        symbol,
        until,
    )
