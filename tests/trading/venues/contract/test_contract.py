"""What every venue must do alike: the same tests for each, over sockets with a line that fails where there is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arena.kit.errors import ArenaError
from arena.kit.ids import fresh
from arena.kit.settings import Settings
from arena.trading.venues import (
    BadOrderRequest,
    DuplicateOrder,
    OrderEnded,
    OrderRef,
    OrderRequest,
    UnknownOrder,
    UserEvent,
    VenueAway,
    VenueOrder,
    VenueRefused,
    VenueSilent,
    WouldTake,
)
from tests.trading.venues.contract.rigs import (
    Rig,
    binance_rig,
    ccxt_binance_rig,
    coinbase_rig,
    paper_rig,
)

pytestmark = pytest.mark.venues
NOTHING_KNOWN = (VenueSilent, VenueAway)


@pytest.fixture(
    params=["paper", "binance-hmac", "binance-ed25519", "ccxt-binance", "ccxt-coinbase"]
)
async def rig(
    request: pytest.FixtureRequest, settings: Settings, server: Any, shared_data: Path
) -> AsyncIterator[Rig]:
    kind: str = request.param
    async with AsyncExitStack() as stack:
        if kind == "ccxt-coinbase":
            yield await stack.enter_async_context(
                coinbase_rig(shared_data / "messages" / "coinbase")
            )
            return
        name = await server.create()
        stack.push_async_callback(server.drop, name)
        url = server.url_of(name)
        if kind == "paper":
            yield await stack.enter_async_context(paper_rig(url, settings))
        elif kind == "ccxt-binance":
            yield await stack.enter_async_context(ccxt_binance_rig(url, settings))
        else:
            yield await stack.enter_async_context(
                binance_rig(url, settings, kind.removeprefix("binance-"))
            )


def limit(rig: Rig, quantity: Decimal, price: Decimal, **how: Any) -> OrderRequest:
    how.setdefault("side", "buy")
    how.setdefault("client_order_id", fresh("c"))
    how.setdefault("type", "limit")
    return OrderRequest(symbol=rig.symbol, quantity=quantity, limit_price=price, **how)


def market(rig: Rig, quantity: Decimal) -> OrderRequest:
    """A buy of about this much."""
    worth = (quantity * rig.best_ask).quantize(Decimal("0.01")) if rig.by_worth else None
    return OrderRequest(
        fresh("c"), rig.symbol, "buy", "market", None if rig.by_worth else quantity, worth
    )


def ref(order: VenueOrder | OrderRequest) -> OrderRef:
    request = order.request if isinstance(order, VenueOrder) else order
    return OrderRef(request.symbol, client_order_id=request.client_order_id)


async def only_open(rig: Rig) -> list[str]:
    return [order.request.client_order_id for order in await rig.venue.open_orders(rig.symbol)]


async def test_an_order_that_takes_nothing_rests_and_can_be_read_back(rig: Rig) -> None:
    request = limit(rig, rig.some, rig.low)
    placed = await rig.venue.place_order(request)
    assert placed.status == "accepted"
    assert placed.open
    seen = await rig.venue.get_order(ref(request))
    assert (seen.id, seen.status, seen.fills) == (placed.id, "accepted", ())
    assert seen.request.limit_price == rig.low
    assert seen.request.quantity == rig.some
    assert [order.id for order in await rig.venue.open_orders()] == [placed.id]
    held = (await rig.venue.get_account_balance())[rig.quote]
    assert held.locked >= rig.some * rig.low


async def test_what_is_cancelled_stays_cancelled(rig: Rig) -> None:
    request = limit(rig, rig.some, rig.low)
    await rig.venue.place_order(request)
    ended = await rig.venue.cancel_order(ref(request))
    assert (ended.status, ended.filled_quantity) == ("canceled", 0)
    assert await only_open(rig) == []
    with pytest.raises(OrderEnded):
        await rig.venue.cancel_order(ref(request))
    assert not (await rig.venue.get_account_balance())[rig.quote].locked


async def test_a_market_order_is_filled_and_its_fills_are_what_the_balances_moved_by(
    rig: Rig,
) -> None:
    before = await rig.venue.get_account_balance()
    request = market(rig, rig.some)
    await rig.venue.place_order(request)
    seen = await rig.venue.get_order(ref(request))
    assert seen.status == "filled"
    assert seen.filled_quantity == sum(fill.quantity for fill in seen.fills)
    assert seen.fills
    after = await rig.venue.get_account_balance()
    moved = {asset: after[asset].total - before[asset].total if asset in before else after[asset].total
             for asset in (rig.base, rig.quote)}  # fmt: skip
    expected = {rig.base: seen.filled_quantity, rig.quote: -seen.filled_quote}
    for fill in seen.fills:
        assert fill.fee > 0
        expected[fill.fee_asset] -= fill.fee
    assert moved == expected
    assert seen.filled_quote == sum(fill.quantity * fill.price for fill in seen.fills)


async def test_a_fill_has_one_name_however_it_is_asked_for(rig: Rig) -> None:
    request = market(rig, rig.some)
    placed = await rig.venue.place_order(request)
    named = {fill.id for fill in (await rig.venue.get_order(ref(request))).fills}
    listed = await rig.venue.get_fills(rig.symbol)
    assert {fill.id for _, fill in listed} == named
    assert len({order for order, _ in listed}) == 1
    again = await rig.reopen().get_order(ref(request))
    assert {fill.id for fill in again.fills} == named
    assert again.id == placed.id


async def test_a_resting_order_is_filled_in_part_and_the_rest_can_be_cancelled(rig: Rig) -> None:
    request = limit(rig, rig.some, rig.low)
    await rig.venue.place_order(request)
    await rig.others_take("buy", rig.low, rig.some / 5)
    seen = await _moved(rig, request)
    assert seen.status == "partially_filled"
    assert seen.filled_quantity == rig.some / 5
    assert {fill.liquidity for fill in seen.fills} == {"maker"}
    ended = await rig.venue.cancel_order(ref(request))
    assert (ended.status, ended.filled_quantity) == ("canceled", rig.some / 5)


async def test_what_an_order_cannot_take_at_once_is_given_up(rig: Rig) -> None:
    request = limit(rig, rig.plenty, rig.best_ask, time_in_force="ioc")
    await rig.venue.place_order(request)
    seen = await rig.venue.get_order(ref(request))
    assert seen.status in ("expired", "canceled")
    assert 0 < seen.filled_quantity < rig.plenty


async def test_an_order_beyond_the_funds_is_refused_and_leaves_nothing(rig: Rig) -> None:
    request = limit(rig, Decimal(3_000), rig.low)
    with pytest.raises(ArenaError) as refused:
        await rig.venue.place_order(request)
    assert not isinstance(refused.value, NOTHING_KNOWN)
    assert await only_open(rig) == []
    with pytest.raises(UnknownOrder):
        await rig.venue.get_order(ref(request))


async def test_a_price_off_the_tick_is_refused_before_it_goes(rig: Rig) -> None:
    request = limit(rig, rig.some, rig.low + Decimal("0.001"))
    with pytest.raises(ArenaError) as refused:
        await rig.venue.place_order(request)
    assert not isinstance(refused.value, NOTHING_KNOWN)
    assert await only_open(rig) == []


async def test_a_maker_that_would_take_does_not_trade(rig: Rig) -> None:
    request = limit(rig, rig.some, rig.best_ask, type="limit_maker")
    with suppress(WouldTake, BadOrderRequest, VenueRefused):  # or it is taken, and ends at once
        await rig.venue.place_order(request)
        seen = await rig.venue.get_order(ref(request))
        assert (seen.open, seen.filled_quantity) == (False, 0)
    assert await only_open(rig) == []
    assert list(await rig.venue.get_fills(rig.symbol)) == []


async def test_an_answer_that_is_lost_leaves_an_order_that_is_found_by_its_name(rig: Rig) -> None:
    if rig.line is None:
        pytest.skip("nothing lies between this venue and us")
    request = limit(rig, rig.some, rig.low)
    await rig.venue.get_instrument(rig.symbol)
    rig.line.once("answer_lost", "POST", rig.order_path)
    with pytest.raises(VenueSilent):
        await rig.venue.place_order(request)
    seen = await rig.venue.get_order(ref(request))
    assert seen.status == "accepted"
    again = await rig.venue.place_order(request)
    assert again.id == seen.id
    assert await only_open(rig) == [request.client_order_id]


async def test_a_request_that_is_lost_is_not_sent_again_while_it_may_still_arrive(rig: Rig) -> None:
    if rig.line is None:
        pytest.skip("nothing lies between this venue and us")
    request = limit(rig, rig.some, rig.low)
    await rig.venue.get_instrument(rig.symbol)
    rig.line.once("request_lost", "POST", rig.order_path)
    with pytest.raises(VenueSilent):
        await rig.venue.place_order(request)
    with pytest.raises(UnknownOrder):
        await rig.venue.get_order(ref(request))
    with pytest.raises(VenueSilent):
        await rig.venue.place_order(request)
    assert await only_open(rig) == []


async def test_an_exchange_that_is_away_is_told_from_one_that_is_silent(rig: Rig) -> None:
    if rig.line is None:
        pytest.skip("nothing lies between this venue and us")
    request = limit(rig, rig.some, rig.low)
    await rig.venue.get_instrument(rig.symbol)
    rig.line.down = True
    with pytest.raises(NOTHING_KNOWN):
        await rig.venue.place_order(request)
    rig.line.down = False
    with pytest.raises(UnknownOrder):
        await rig.venue.get_order(ref(request))


async def test_the_same_order_twice_is_one_order(rig: Rig) -> None:
    request = limit(rig, rig.some, rig.low)
    first = await rig.venue.place_order(request)
    again = await rig.venue.place_order(request)
    assert again.id == first.id
    assert await only_open(rig) == [request.client_order_id]
    with pytest.raises(DuplicateOrder):
        await rig.venue.place_order(replace(request, limit_price=rig.low - 1))
    assert await only_open(rig) == [request.client_order_id]


async def test_an_order_that_never_was_is_unknown(rig: Rig) -> None:
    never = OrderRef(rig.symbol, client_order_id="never-was")
    with pytest.raises(UnknownOrder):
        await rig.venue.get_order(never)
    with pytest.raises(UnknownOrder):
        await rig.venue.cancel_order(never)


async def test_a_venue_that_is_opened_anew_finds_everything_again(rig: Rig) -> None:
    rests = limit(rig, rig.some, rig.low)
    await rig.venue.place_order(rests)
    await rig.others_take("buy", rig.low, rig.some / 5)
    before = await _moved(rig, rests)
    anew = rig.reopen()
    seen = await anew.get_order(ref(rests))
    assert (seen.id, seen.status, seen.filled_quantity) == (
        before.id,
        "partially_filled",
        rig.some / 5,
    )
    assert [fill.id for fill in seen.fills] == [fill.id for fill in before.fills]
    assert [order.id for order in await anew.open_orders()] == [before.id]
    again = await anew.place_order(rests)
    assert again.id == before.id
    ended = await anew.cancel_order(ref(rests))
    assert ended.status == "canceled"


async def test_what_happens_in_the_account_is_told(rig: Rig) -> None:
    told: list[UserEvent] = []

    async def listen() -> None:
        async for event in rig.venue.stream_user_events():
            told.append(event)

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    request = limit(rig, rig.some, rig.low)
    await rig.venue.place_order(request)
    async with asyncio.timeout(10):
        while not any(
            e.order and e.order.request.client_order_id == request.client_order_id for e in told
        ):
            await asyncio.sleep(0.02)
    await rig.others_take("buy", rig.low, rig.some / 5)
    async with asyncio.timeout(10):
        while not any(e.order and e.order.fills for e in told):
            await asyncio.sleep(0.02)
    task.cancel()
    filled = next(e.order for e in told if e.order and e.order.fills)
    assert filled.fills[0].quantity == rig.some / 5
    same = await rig.venue.get_order(ref(request))
    assert filled.fills[0].id == same.fills[0].id
    assert [event.number for event in told] == sorted({event.number for event in told})


async def test_prices_come_with_bid_and_ask(rig: Rig) -> None:
    data = await rig.venue.get_market_data(rig.symbol)
    assert data.book.bids[0].price < data.book.asks[0].price == rig.best_ask
    stream = rig.venue.stream_prices([rig.symbol])

    async def first() -> Any:
        async for price in stream:
            if price.bid and price.ask:
                return price
        return None

    waiting = asyncio.create_task(first())
    await asyncio.sleep(0.3)
    await rig.others_take("sell", rig.best_ask, Decimal("0.001"))
    async with asyncio.timeout(10):
        price = await waiting
    assert price.symbol == rig.symbol
    assert price.bid < price.ask


async def test_a_key_that_trades_here_cannot_withdraw(rig: Rig) -> None:
    rights = await rig.venue.get_rights()
    assert not rights.may_withdraw
    assert rights.may_trade is not False


async def test_what_would_be_sent_is_shown_without_the_key(rig: Rig) -> None:
    shown = rig.venue.describe(limit(rig, rig.some, rig.low))
    assert shown.parameters
    assert "signature" not in str(shown).lower()
    assert "secret" not in str(shown).lower()
    assert await only_open(rig) == []


async def _moved(rig: Rig, request: OrderRequest) -> VenueOrder:
    """The order once something of it has been filled."""
    async with asyncio.timeout(5):
        while True:
            seen = await rig.venue.get_order(ref(request))
            if seen.filled_quantity:
                return seen
            await asyncio.sleep(0.02)
