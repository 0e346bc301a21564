"""Coupons: some charges cost less, once a person, as often as allowed, however many come at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.marketplace.listings import Listing
from arena.marketplace.subscriptions import (
    CardDeclined,
    Coupon,
    CouponRefused,
    NewCoupon,
    cancel,
    discounted,
    make_coupon,
    stop_coupon,
)
from arena.marketplace.subscriptions.coupon import (
    CouponTaken,
    NoSuchCoupon,
    NotYourListingToDiscount,
)
from arena.money import ledger
from arena.people.access import Actor
from tests.conftest import START
from tests.marketplace.market import Market
from tests.marketplace.subscriptions.test_renew import DECLINED, renew


async def offered(market: Market, **more: Any) -> tuple[Listing, Actor, Coupon]:
    """A listing, its creator, and a coupon of his: by default a quarter off the first charge."""
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    new = NewCoupon(**({"code": "spring", "listing_id": listing.id, "percent": 25} | more))
    async with market.db.transaction() as tx:
        return listing, actor, await make_coupon(tx, new, actor=actor)


async def test_the_first_charge_costs_less_and_both_shares_bear_it(market: Market) -> None:
    listing, _, _ = await offered(market)
    buyer = await market.buyer()
    found = (await market.subscribe(buyer, listing, coupon=" Spring ")).subscription
    assert (found.amount, found.paid, found.coupon_left) == (Money(9_900), Money(7_425), 0)
    async with market.db.transaction() as tx:
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(7_425)
        assert await ledger.balance(tx, "platform:fee_income") == Money(1_114)
        assert await subscriptions.next_price(tx, found) == Money(9_900)
    assert found.period_end is not None
    assert (await renew(market, found.period_end)).paid == Money(9_900)


async def test_it_lowers_as_many_charges_as_it_says_retries_not_counted(market: Market) -> None:
    listing, _, _ = await offered(market, charges=2)
    buyer = await market.buyer()
    found = (await market.subscribe(buyer, listing, coupon="SPRING")).subscription
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, DECLINED)
    await renew(market, end)
    await market.change_card(buyer, "4242424242424242")
    found = await renew(market, end + timedelta(days=1))
    assert found.paid == Money(7_425)
    assert found.period_end is not None
    assert (await renew(market, found.period_end)).paid == Money(9_900)


async def test_nobody_uses_it_twice_not_even_after_ending(market: Market) -> None:
    listing, _, _ = await offered(market)
    buyer = await market.buyer()
    found = (await market.subscribe(buyer, listing, coupon="SPRING")).subscription
    await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    with pytest.raises(CouponRefused, match="used it before"):
        await market.subscribe(buyer, listing, coupon="SPRING")
    assert await market.count("fake_charge") == 1


async def test_fifty_at_once_use_it_as_often_as_it_may_be(market: Market) -> None:
    listing, _, _ = await offered(market, uses_max=3)
    buyers = [await market.buyer() for _ in range(12)]
    answers = await asyncio.gather(
        *(market.subscribe(buyer, listing, coupon="SPRING") for buyer in buyers),
        return_exceptions=True,
    )
    assert sum(isinstance(a, subscriptions.Subscribed) for a in answers) == 3
    assert sum(isinstance(a, CouponRefused) for a in answers) == 9
    assert await market.count("fake_charge", "amount = 7425") == 3


async def test_a_declined_first_charge_uses_nothing_up(market: Market) -> None:
    listing, _, _ = await offered(market, uses_max=1)
    buyer = await market.buyer(DECLINED)
    with pytest.raises(CardDeclined):
        await market.subscribe(buyer, listing, coupon="SPRING")
    assert await market.count("coupon_use") == 0
    await market.change_card(buyer, "4242424242424242")
    found = (await market.subscribe(buyer, listing, coupon="SPRING")).subscription
    assert found.paid == Money(7_425)


@pytest.mark.parametrize("how", ["unknown", "elsewhere", "expired", "stopped"])
async def test_what_does_not_count_is_refused_in_words_and_charges_nothing(
    market: Market, how: str
) -> None:
    expires = {"expires_at": START + timedelta(days=1)} if how == "expired" else {}
    listing, actor, coupon = await offered(market, **expires)
    if how == "elsewhere":
        listing = await market.listed()
    if how == "expired":
        market.at(START + timedelta(days=1))
    if how == "stopped":
        async with market.db.transaction() as tx:
            for _ in range(2):
                assert (await stop_coupon(tx, coupon.id, actor=actor)).stopped_at is not None
    code = "WINTER" if how == "unknown" else "SPRING"
    with pytest.raises(CouponRefused):
        await market.subscribe(await market.buyer(), listing, coupon=code)
    assert await market.count("subscription") == 0


async def test_creators_make_coupons_for_their_own_listings_and_operators_for_all(
    market: Market,
) -> None:
    listing, _, coupon = await offered(market)
    _, other, _ = await market.creator()
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        for listing_id in (listing.id, None):
            with pytest.raises(NotYourListingToDiscount):
                await make_coupon(tx, NewCoupon("MINE", listing_id, 50), actor=other)
        with pytest.raises(CouponTaken):
            await make_coupon(tx, NewCoupon("Spring", None, 50), actor=operator)
        with pytest.raises(NoSuchCoupon):
            await stop_coupon(tx, coupon.id, actor=other)
        everywhere = NewCoupon("ALL", None, off=Money(1_000))
        await make_coupon(tx, everywhere, actor=operator)
    found = (await market.subscribe(await market.buyer(), listing, coupon="all")).subscription
    assert found.paid == Money(8_900)


@given(st.integers(1, 10**7), st.integers(1, 90), st.integers(1, 10**7))
def test_a_charge_never_falls_under_fifty_cents_nor_rises(
    price: int, percent: int, off: int
) -> None:
    def made(percent: int | None, off: Money | None) -> Coupon:
        return Coupon("cpn_0", "X", None, "usr_0", percent, off, 1, None, None, None, START)

    for coupon in (made(percent, None), made(None, Money(off))):
        left = discounted(Money(price), coupon).minor
        assert min(50, price) <= left <= price
    exact = price * (100 - percent) / 100
    assert abs(discounted(Money(price), made(percent, None)).minor - max(exact, min(50, price))) < 1
