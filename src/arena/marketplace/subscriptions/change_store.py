"""Changes of tier or period <-> model."""

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions.model import CHANGE_MOVES, Change, ChangeState


async def by_id(tx: Tx, change_id: str, *, lock: bool = False) -> Change | None:
    row = await tx.fetchrow(
        "select * from subscription_change where id = $1" + (" for update" if lock else ""),
        change_id,
    )
    return None if row is None else _change(row)


async def open_of(tx: Tx, subscription_id: str) -> Change | None:
    """The one that is under way or scheduled; there is at most one."""
    row = await tx.fetchrow(
        """select * from subscription_change where subscription_id = $1
           and state in ('charging', 'scheduled')""",
        subscription_id,
    )
    return None if row is None else _change(row)


async def of(tx: Tx, subscription_id: str) -> list[Change]:
    """All that there were, oldest first."""
    rows = await tx.fetch(
        "select * from subscription_change where subscription_id = $1 order by created_at, id",
        subscription_id,
    )
    return [_change(row) for row in rows]


async def insert(tx: Tx, new: Change) -> None:
    await tx.execute(
        """insert into subscription_change (id, subscription_id, listing_id, state, from_tier, tier, from_period,
             period, amount, currency, charge, period_start, at, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        new.id, new.subscription_id, new.listing_id, new.state.value, new.from_tier, new.tier,
        new.from_period, new.period, new.amount.minor, new.amount.currency, new.charge.minor,
        new.period_start, new.at, new.created_at,
    )  # fmt: skip


async def move(tx: Tx, change: Change, state: ChangeState) -> None:
    """The caller has locked the subscription's row, under which all moves of its changes happen."""
    assert state in CHANGE_MOVES[change.state], f"{change.id} is {change.state}"
    await tx.execute(
        "update subscription_change set state = $2, settled_at = $3 where id = $1",
        change.id, state.value, tx.now,
    )  # fmt: skip


def _change(row: Row) -> Change:
    return Change(
        row["id"], row["subscription_id"], row["listing_id"], ChangeState(row["state"]), row["from_tier"],
        row["tier"], row["from_period"], row["period"], Money(row["amount"], row["currency"]),
        Money(row["charge"], row["currency"]), row["period_start"], row["at"], row["created_at"],
        row["settled_at"],
    )  # fmt: skip
