"""Make coupons, stop them, and say whether one counts."""

from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import coupon_store
from arena.marketplace.subscriptions.coupon import (
    Coupon,
    CouponRefused,
    CouponTaken,
    NewCoupon,
    NoSuchCoupon,
    NotYourListingToDiscount,
)
from arena.people.access import Actor


async def make_coupon(
    tx: Tx, new: NewCoupon, *, actor: Actor, request_id: str | None = None
) -> Coupon:
    """Operators make coupons for any listing or all, creators for their own. Raises NoSuchListing, CouponTaken,
    NotYourListingToDiscount."""
    if new.listing_id is not None:
        offered = await listings.listing(tx, new.listing_id)
    if not actor.may("operate") and (
        new.listing_id is None or not await listings.owns(tx, actor, offered.feed_id)
    ):
        raise NotYourListingToDiscount(listing_id=new.listing_id or "any")
    made = Coupon(
        fresh("cpn"), new.code.upper(), new.listing_id, actor.id, new.percent, new.off, new.charges,
        new.uses_max, new.expires_at, None, tx.now,
    )  # fmt: skip
    if not await coupon_store.insert(tx, made):
        raise CouponTaken(code=made.code)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.make_coupon", object=made.id,
        detail={"code": made.code, "listing": made.listing_id, "percent": made.percent,
                "off": None if made.off is None else str(made.off), "charges": made.charges,
                "uses_max": made.uses_max},
        reason=None, request_id=request_id,
    )  # fmt: skip
    return made


async def stop_coupon(
    tx: Tx, coupon_id: str, *, actor: Actor, request_id: str | None = None
) -> Coupon:
    """Nobody can use it from now on; whoever has used it keeps what it gave. Raises NoSuchCoupon."""
    found = await coupon_store.by_id(tx, coupon_id, lock=True)
    if found is None or (found.issuer_id != actor.id and not actor.may("operate")):
        raise NoSuchCoupon(coupon_id=coupon_id)
    if found.stopped_at is None:
        await coupon_store.stop(tx, coupon_id)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.stop_coupon", object=coupon_id,
            detail={"code": found.code}, reason=None, request_id=request_id,
        )  # fmt: skip
    return await coupon_store.one(tx, coupon_id)


async def coupons_of(
    tx: Tx, issuer_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[tuple[Coupon, int]]:
    """Those that somebody made, newest first, each with how often it was used; `after` is (at, id) of the last seen."""
    return await coupon_store.page(tx, issuer_id, after=after, limit=limit)


async def usable(
    tx: Tx, code: str, *, listing_id: str, person_id: str, price: Money, hold: bool = True
) -> Coupon:
    """The coupon, held against others until the transaction ends unless said otherwise. Raises CouponRefused."""
    typed = code.strip().upper()
    found = await coupon_store.by_code(tx, typed, lock=hold)
    why = await _against(tx, found, listing_id=listing_id, person_id=person_id, price=price)
    if why is not None:
        raise CouponRefused(code=typed, why=why)
    assert found is not None
    return found


async def _against(
    tx: Tx, found: Coupon | None, *, listing_id: str, person_id: str, price: Money
) -> str | None:
    if found is None or found.listing_id not in (None, listing_id):
        return "there is none of that code for this listing"
    if found.stopped_at is not None or (
        found.expires_at is not None and found.expires_at <= tx.now
    ):
        return "it is over"
    if found.off is not None and found.off.currency != price.currency:
        return f"it is in {found.off.currency}"
    if await coupon_store.used_by(tx, found.id, person_id):
        return "you have used it before"
    if found.uses_max is not None and await coupon_store.uses(tx, found.id) >= found.uses_max:
        return "it has been used as often as it may"
    return None
