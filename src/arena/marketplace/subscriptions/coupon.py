"""A coupon: some charges cost less, once a person, as often as its maker allows."""

from dataclasses import dataclass
from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.kit.money import Money, allocate
from arena.marketplace import listings
from arena.marketplace.subscriptions import coupon_store
from arena.marketplace.subscriptions.model import (
    CHARGE_MIN,
    CouponRefused,
    CouponTaken,
    NoSuchCoupon,
    NotYourListingToDiscount,
)
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Coupon:
    """Takes `percent` or `off` from each of the first `charges`; one of the two is None. `listing_id` None: for every
    listing. `uses_max` None: no bound. Times are product time."""

    id: str
    code: str
    listing_id: str | None
    issuer_id: str
    percent: int | None
    off: Money | None
    charges: int
    uses_max: int | None
    expires_at: datetime | None
    stopped_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """What its maker says of it; as in Coupon."""

    code: str
    listing_id: str | None
    percent: int | None = None
    off: Money | None = None
    charges: int = 1
    uses_max: int | None = None
    expires_at: datetime | None = None


def discounted(price: Money, coupon: Coupon) -> Money:
    """The price less what the coupon takes; the part of a percent by largest remainder, and never under 50 cents,
    which is what gateways take at least."""
    if coupon.percent is not None:
        left = allocate(price.minor, [coupon.percent, 100 - coupon.percent])[1]
    else:
        assert coupon.off is not None, f"{coupon.id} takes nothing"
        left = (price - coupon.off).minor
    return Money(max(left, min(CHARGE_MIN, price.minor)), price.currency)


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
    if found.stopped_at is not None or (found.expires_at is not None and found.expires_at <= tx.now):
        return "it is over"
    if found.off is not None and found.off.currency != price.currency:
        return f"it is in {found.off.currency}"
    used = await coupon_store.uses(tx, found.id)
    if person_id in used:
        return "you have used it before"
    if found.uses_max is not None and len(used) >= found.uses_max:
        return "it has been used as often as it may"
    return None
