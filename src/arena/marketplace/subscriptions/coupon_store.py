"""Coupons and their uses <-> model."""

from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions.coupon import Coupon
from arena.marketplace.subscriptions.model import Subscription


async def insert(tx: Tx, new: Coupon) -> bool:
    """False where there is one of that code."""
    made = await tx.fetchval(
        """insert into coupon (id, code, listing_id, issuer_id, percent, amount, currency, charges, uses_max,
             expires_at, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           on conflict do nothing returning id""",
        new.id, new.code, new.listing_id, new.issuer_id, new.percent, new.off and new.off.minor,
        new.off and new.off.currency, new.charges, new.uses_max, new.expires_at, new.at,
    )  # fmt: skip
    return made is not None


async def by_id(tx: Tx, coupon_id: str, *, lock: bool = False) -> Coupon | None:
    row = await tx.fetchrow(
        "select * from coupon where id = $1" + (" for update" if lock else ""), coupon_id
    )
    return None if row is None else _coupon(row)


async def one(tx: Tx, coupon_id: str) -> Coupon:
    return _coupon(await tx.one("select * from coupon where id = $1", coupon_id))


async def by_code(tx: Tx, code: str, *, lock: bool) -> Coupon | None:
    row = await tx.fetchrow(
        "select * from coupon where code = $1" + (" for update" if lock else ""), code
    )
    return None if row is None else _coupon(row)


async def page(
    tx: Tx, issuer_id: str | None, *, after: tuple[datetime, str] | None, limit: int
) -> list[tuple[Coupon, int]]:
    """Of an issuer, or of all, newest first, each with how often it was used."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        """select c.*, (select count(*) from coupon_use u where u.coupon_id = c.id) as used from coupon c
           where ($1::text is null or issuer_id = $1)
             and ($2::timestamptz is null or (at, id) < ($2, $3)) order by at desc, id desc limit $4""",
        issuer_id, at, last_id, limit,
    )  # fmt: skip
    return [(_coupon(row), row["used"]) for row in rows]


async def stop(tx: Tx, coupon_id: str) -> None:
    await tx.execute("update coupon set stopped_at = $2 where id = $1", coupon_id, tx.now)


async def uses(tx: Tx, coupon_id: str) -> int:
    count: int = await tx.fetchval(
        "select count(*) from coupon_use where coupon_id = $1", coupon_id
    )
    return count


async def used_by(tx: Tx, coupon_id: str, person_id: str) -> bool:
    used: bool = await tx.fetchval(
        "select exists (select from coupon_use where coupon_id = $1 and person_id = $2)",
        coupon_id, person_id,
    )  # fmt: skip
    return used


async def use(tx: Tx, coupon_id: str, found: Subscription) -> None:
    await tx.execute(
        "insert into coupon_use (coupon_id, person_id, subscription_id, at) values ($1, $2, $3, $4)",
        coupon_id, found.person_id, found.id, tx.now,
    )  # fmt: skip


async def give_back(tx: Tx, subscription_id: str) -> None:
    """A subscription that never began has used nothing."""
    await tx.execute("delete from coupon_use where subscription_id = $1", subscription_id)


def _coupon(row: Row) -> Coupon:
    off = None if row["amount"] is None else Money(row["amount"], row["currency"])
    return Coupon(
        row["id"], row["code"], row["listing_id"], row["issuer_id"], row["percent"], off, row["charges"],
        row["uses_max"], row["expires_at"], row["stopped_at"], row["at"],
    )  # fmt: skip
