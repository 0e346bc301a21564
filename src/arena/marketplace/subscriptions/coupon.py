"""A coupon: some charges cost less, once a person, as often as its maker allows."""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.money import Money, allocate
from arena.marketplace.subscriptions.model import CHARGE_MIN


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


class CouponRefused(Refused):
    """The coupon {code} does not count here: {why}. Nothing was charged; subscribe without it, or with another."""


class NoSuchCoupon(NotFound):
    """You made no coupon {coupon_id}; GET /market/coupons lists yours."""


class CouponTaken(Conflict):
    """There is a coupon {code} already; choose another code."""


class NotYourListingToDiscount(Conflict):
    """Listing {listing_id} is not yours; only its owner or an operator makes coupons for it."""
