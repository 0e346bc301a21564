"""The bar model against cases worked out by hand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from arena.trading.market import Candle
from arena.trading.venues import BarMatch, Rules, Ticket, match_bar
from arena.trading.venues.bars.path import Path
from tests.trading.tape import BTC, FREE, INTERVAL_S, D, at, bar


def ticket(side: str = "buy", type: str = "market", quantity: object = 1, **how: object) -> Ticket:
    order_id = str(how.pop("order_id", "ord_1"))
    how.setdefault("effective_at", at(0))
    return Ticket(order_id, "acc_1", BTC.symbol, side, type, D(quantity), **how)  # type: ignore[arg-type]  # as given


def match(candle: Candle, *tickets: Ticket, rules: Rules = FREE) -> BarMatch:
    return match_bar(candle, BTC, tickets, rules, INTERVAL_S)


@pytest.mark.parametrize(
    ("prices", "points"),
    [
        ("100 110 95 105", "100 95 110 105"),
        ("100 104 95 99", "100 104 95 99"),
        ("100 105 95 100", "100 95 105 100"),
        ("100 100 100 100", "100 100 100 100"),
    ],
)
def test_the_path_takes_the_nearer_extreme_first_and_the_low_where_they_tie(
    prices: str, points: str
) -> None:
    path = Path.of(bar(0, prices), INTERVAL_S)
    assert path.points == tuple(D(p) for p in points.split())
    assert path.price(D("0.5")) == (path.points[0] + path.points[1]) / 2
    assert path.time(D(3)) == at(1)


def test_a_market_order_takes_the_price_after_its_latency() -> None:
    # 75 s into a segment of 300 s from 100 down to 96: a quarter of the way, so 99.
    (fill,) = match(bar(0, "100 110 96 105"), ticket(effective_at=at(0, 75_000))).fills
    assert (fill.price, fill.at, fill.liquidity) == (99, at(0, 75_000), "taker")
    assert fill.evidence["offset"] == "0.25"


def test_an_order_that_takes_effect_after_the_bar_is_not_in_it() -> None:
    done = match(bar(0, "100 110 96 105"), ticket(effective_at=at(1)))
    assert done.fills == ()
    assert done.open[0].seen_at is None


def test_the_time_of_a_fill_at_its_start_is_the_time_it_takes_effect_to_the_millisecond() -> None:
    for ms in (1, 7, 13, 250, 333, 899_999):
        (fill,) = match(bar(0, "100 110 96 105"), ticket(effective_at=at(0, ms))).fills
        assert fill.at == at(0, ms)


def test_costs_are_half_the_spread_and_the_square_root_of_the_share_of_the_volume() -> None:
    # p = 100; half spread 1 bp = 0.01; impact 100 * 0.8 * (110 - 90)/100 * sqrt(1/100) = 1.6.
    rules = replace(FREE, half_spread_bps=1, impact_y=D("0.8"))
    candle = bar(0, "100 110 90 105", 100)
    (bought,) = match(candle, ticket("buy"), rules=rules).fills
    (sold,) = match(candle, ticket("sell"), rules=rules).fills
    assert (bought.price, sold.price) == (D("101.61"), D("98.39"))


def test_prices_are_rounded_against_the_order_and_a_sell_gets_one_tick_at_least() -> None:
    rules = replace(FREE, half_spread_bps=1)
    candle = bar(0, "0.03 0.03 0.03 0.03", 100)
    (bought,) = match(candle, ticket("buy"), rules=rules).fills
    (sold,) = match(candle, ticket("sell"), rules=rules).fills
    assert (bought.price, sold.price) == (D("0.04"), D("0.02"))
    cheap = bar(0, "0.01 0.01 0.01 0.01", 100)
    (least,) = match(cheap, ticket("sell"), rules=rules).fills
    assert least.price == D("0.01")


def test_fees_are_taken_in_what_is_received_and_rounded_up_at_the_eighth_decimal() -> None:
    rules = replace(FREE, fee_taker_bps=10)
    candle = bar(0, "100.01 100.01 100.01 100.01")
    (bought,) = match(candle, ticket("buy", quantity="0.12345"), rules=rules).fills
    (sold,) = match(candle, ticket("sell", quantity="0.12345"), rules=rules).fills
    assert (bought.fee, bought.fee_asset) == (D("0.00012345"), "BTC")
    # 0.12345 * 100.01 * 0.001 = 0.0123462345
    assert (sold.fee, sold.fee_asset) == (D("0.01234624"), "USD")


def test_a_resting_limit_buy_needs_a_trade_through_its_price() -> None:
    order = ticket(type="limit", limit_price=D(95))
    assert match(bar(0, "100 110 95 105"), order).fills == ()
    (fill,) = match(bar(0, "100 110 94 105"), order).fills
    # Down from 100 to 94 in 300 s: 95 is crossed after 250 s.
    assert (fill.price, fill.liquidity, fill.at) == (95, "maker", at(0, 250_000))


def test_a_resting_limit_sell_mirrors_it() -> None:
    order = ticket("sell", type="limit", limit_price=D(110))
    assert match(bar(0, "100 110 94 105"), order).fills == ()
    (fill,) = match(bar(0, "100 112 96 105"), order).fills
    # Low first (4 away against 12), then up from 96 to 112: 110 at 14/16 of the second segment.
    assert (fill.price, fill.liquidity, fill.at) == (110, "maker", at(0, 300_000 + 262_500))


def test_a_limit_order_that_can_trade_on_arrival_takes_and_never_pays_more_than_its_limit() -> None:
    rules = replace(FREE, half_spread_bps=100)
    candle = bar(0, "100 110 94 105")
    (fill,) = match(candle, ticket(type="limit", limit_price=D(103)), rules=rules).fills
    assert (fill.price, fill.liquidity) == (101, "taker")
    (fill,) = match(candle, ticket(type="limit", limit_price=D("100.5")), rules=rules).fills
    assert fill.price == D("100.5")


def test_a_limit_order_seen_before_is_a_maker_at_its_limit_where_the_bar_opens_beyond() -> None:
    seen = ticket(type="limit", limit_price=D(103), seen_at=at(-1))
    (fill,) = match(bar(0, "100 110 94 105"), seen).fills
    assert (fill.price, fill.liquidity, fill.at) == (103, "maker", at(0))


def test_an_empty_bar_is_not_the_first_bar_of_an_order() -> None:
    order = ticket(type="limit", limit_price=D(103))
    empty = match(bar(0, "100 110 94 105", 0), order)
    assert empty.open == (order,)
    assert empty.fills == ()
    (fill,) = match(bar(1, "100 110 94 105"), *empty.open).fills
    assert fill.liquidity == "taker"


def test_a_stop_loss_trades_where_the_path_reaches_it_or_where_the_bar_opens_below() -> None:
    order = ticket("sell", "stop_loss", stop_price=D(97))
    (fill,) = match(bar(0, "100 110 96 105"), order).fills
    assert (fill.price, fill.at, fill.liquidity) == (97, at(0, 225_000), "taker")
    (fill,) = match(bar(0, "90 91 89 90"), order).fills
    assert (fill.price, fill.at) == (90, at(0))
    assert match(bar(0, "100 110 97.01 105"), order).fills == ()
    assert match(bar(0, "100 110 97 105"), order).fills[0].price == 97


def test_a_take_profit_trades_at_what_it_asked_for_or_better() -> None:
    order = ticket("sell", "take_profit", stop_price=D(108))
    (fill,) = match(bar(0, "100 110 96 105"), order).fills
    assert fill.price == 108
    (fill,) = match(bar(0, "120 121 119 120"), order).fills
    assert fill.price == 120


def test_buys_mirror_stops() -> None:
    stop = ticket("buy", "stop_loss", stop_price=D(108))
    profit = ticket("buy", "take_profit", stop_price=D(97))
    assert match(bar(0, "100 110 96 105"), stop).fills[0].price == 108
    assert match(bar(0, "100 110 96 105"), profit).fills[0].price == 97


def test_an_order_is_not_hit_at_its_expiry_and_leaves_with_the_bar_that_ends_then() -> None:
    order = ticket(type="limit", limit_price=D(95), expires_at=at(0, 250_000))
    done = match(bar(0, "100 110 94 105"), order)
    assert done.fills == ()
    assert done.closed[0][1] == "expired"
    later = msgspec.structs.replace(order, expires_at=at(0, 250_001))
    assert match(bar(0, "100 110 94 105"), later).fills[0].price == 95
    at_the_end = msgspec.structs.replace(order, limit_price=D(50), expires_at=at(1))
    assert match(bar(0, "100 110 94 105"), at_the_end).closed[0][1] == "expired"
    beyond = msgspec.structs.replace(at_the_end, expires_at=at(1) + timedelta(milliseconds=1))
    assert match(bar(0, "100 110 94 105"), beyond).closed == ()
    assert match(bar(0, "100 110 94 105", 0), at_the_end).closed[0][1] == "expired"


def test_a_bar_gives_a_tenth_of_its_volume_to_all_and_the_rest_waits() -> None:
    first = ticket(quantity=6, order_id="ord_1", sequence=1)
    second = ticket(quantity=6, order_id="ord_2", sequence=2)
    third = ticket(quantity=6, order_id="ord_3", sequence=3)
    done = match(bar(0, "100 110 90 105", 100), third, first, second)
    assert [(f.order_id, f.quantity) for f in done.fills] == [("ord_1", 6), ("ord_2", 4)]
    assert [f.evidence["consumed_before"] for f in done.fills] == ["0", "6"]
    left = {t.order_id: t for t in done.open}
    assert left["ord_2"].remaining == 2
    assert left["ord_2"].starved_at == ()
    assert left["ord_3"].remaining == 6
    assert left["ord_3"].starved_at == (at(0),)
    again = match(bar(1, "50 50 50 50", 100), *done.open)
    assert [(f.order_id, f.quantity, f.price, f.at) for f in again.fills] == [
        ("ord_2", 2, 50, at(1)),
        ("ord_3", 6, 50, at(1)),
    ]
    assert [f.number for f in again.fills] == [2, 1]


def test_orders_are_taken_as_the_path_meets_them_and_not_as_they_came() -> None:
    late = ticket(quantity=1, order_id="late", sequence=1, effective_at=at(0, 600_000))
    early = ticket(quantity=1, order_id="early", sequence=2)
    assert [f.order_id for f in match(bar(0, "100 110 90 105"), late, early).fills] == [
        "early",
        "late",
    ]


def test_a_stop_out_of_liquidity_goes_on_as_a_market_order() -> None:
    stop = ticket("sell", "stop_loss", quantity=5, stop_price=D(97))
    starved = match(bar(0, "100 110 96 105", "0.00001"), stop)
    assert starved.fills == ()
    assert starved.open[0].type == "market"
    (fill,) = match(bar(1, "120 120 120 120"), *starved.open).fills
    assert (fill.price, fill.quantity) == (120, 5)


def test_a_fill_cancels_the_others_of_its_group_at_once() -> None:
    stop = ticket("sell", "stop_loss", stop_price=D(97), order_id="stop", group_id="g", sequence=1)
    profit = ticket(
        "sell", "take_profit", stop_price=D(108), order_id="profit", group_id="g", sequence=2
    )
    other = ticket("sell", "take_profit", stop_price=D(108), order_id="other", sequence=3)
    done = match(bar(0, "100 110 96 105"), stop, profit, other)
    assert [f.order_id for f in done.fills] == ["stop", "other"]
    assert {t.order_id: reason for t, reason in done.closed} == {
        "stop": "filled", "profit": "group", "other": "filled",
    }  # fmt: skip


def test_a_buy_spends_no_more_than_its_budget() -> None:
    done = match(bar(0, "100 100 100 100"), ticket(quantity=5, budget=D(250)))
    assert done.fills[0].quantity == D("2.5")
    (left,) = done.open
    assert (left.remaining, left.budget) == (D("2.5"), 0)
    after = match(bar(1, "100 100 100 100"), left)
    assert after.fills == ()
    assert after.closed[0][1] == "budget"


def test_the_budget_binds_at_the_price_of_the_whole_quantity_and_the_price_is_that_of_the_rest() -> (
    None
):
    rules = replace(FREE, impact_y=D(1))
    candle = bar(0, "100 110 90 100", 100)
    # All 10 would cost 100 + 100 * 0.2 * sqrt(0.1) = 106.33; so floor(532 / 106.33) = 5.00329 are bought,
    # at 100 + 20 * sqrt(0.0500329) = 104.4736..., up to the tick 104.48.
    (fill,) = match(candle, ticket(quantity=10, budget=D(532)), rules=rules).fills
    assert (fill.quantity, fill.price) == (D("5.00329"), D("104.48"))


def test_what_evidence_states_as_consumed_stands_for_the_others_when_recomputing() -> None:
    mine = ticket(quantity=6)
    (fill,) = match_bar(
        bar(0, "100 110 90 105", 100), BTC, [mine], FREE, INTERVAL_S, consumed={"ord_1": D(8)}
    ).fills
    assert fill.quantity == 2
    starved = match_bar(
        bar(0, "100 110 90 105", 100), BTC, [mine], FREE, INTERVAL_S, consumed={"ord_1": D(10)}
    )
    assert starved.fills == ()
    assert starved.open[0].starved_at == (at(0),)


def test_no_tickets_cost_nothing() -> None:
    assert match(bar(0, "100 110 90 105")) == BarMatch()


def test_the_ambient_decimal_context_does_not_reach_in() -> None:
    from decimal import localcontext

    rules = Rules()
    candle = bar(0, "63114.87 63222.19 62987.01 63103.4", "123.45678")
    order = ticket(quantity="1.23457", effective_at=at(0, 12_345))
    fair = match(candle, order, rules=rules)
    with localcontext() as context:
        context.prec = 5
        context.rounding = "ROUND_DOWN"
        assert match(candle, order, rules=rules) == fair
    assert fair.fills[0].price > Decimal(63000)
