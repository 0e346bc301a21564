"""What takes effect when: latency, order of arrival, expiry, restarts; and the same again gives the same."""

from dataclasses import replace
from decimal import Decimal

from arena.trading.venues import FeeRates, Filled, MatchingEngine
from tests.trading.venues.paper.by_hand import COIN, Market, buy, ends, fills, market, sell, ticket

BOOK: tuple[dict[int, int], dict[int, int]] = ({99: 5}, {101: 4, 102: 9})


def test_an_order_does_nothing_before_its_latency_is_over() -> None:
    there = Market(*BOOK)
    there.engine.submit(replace(market("a", "buy", 3), effective_ms=100))
    assert there.advance(99) == []
    [filled, _] = there.advance(250)
    assert isinstance(filled, Filled)
    assert filled.at_ms == 100


def test_it_meets_the_book_of_the_moment_it_takes_effect() -> None:
    there = Market(*BOOK)
    there.engine.submit(replace(market("a", "buy", 3), effective_ms=100))
    there.update(90, asks={101: 0})
    assert fills(there.update(110, asks={100: 5})) == [("a", 3, 102, "taker")]


def test_an_order_takes_effect_before_the_news_of_the_same_millisecond() -> None:
    there = Market(*BOOK)
    there.engine.submit(replace(market("a", "buy", 3), effective_ms=100))
    assert fills(there.update(100, asks={100: 5})) == [("a", 3, 101, "taker")]


def test_orders_take_effect_by_time_then_by_arrival() -> None:
    there = Market(*BOOK)
    there.engine.submit(replace(market("c", "buy", 2), effective_ms=100, sequence=3))
    there.engine.submit(replace(market("b", "buy", 2), effective_ms=100, sequence=2))
    there.engine.submit(replace(market("a", "buy", 2), effective_ms=90, sequence=4))
    assert [order for order, *_ in fills(there.advance(100))] == ["a", "b", "c"]


def test_an_order_expires_at_its_time_and_is_filled_no_more_from_then_on() -> None:
    there = Market(*BOOK)
    there.place(10, buy("a", 99, expires_ms=100))
    assert fills(there.trade(99, 98, 3, "sell")) == [("a", 3, 99, "maker")]
    told = there.trade(100, 98, 9, "sell")
    assert (fills(told), ends(told)) == ([], [("a", "expired")])


def test_an_order_that_expires_on_its_way_never_takes_effect() -> None:
    there = Market(*BOOK)
    there.engine.submit(replace(market("a", "buy", 3), effective_ms=100, expires_ms=100))
    told = there.advance(200)
    assert (fills(told), ends(told)) == ([], [("a", "expired")])


def test_an_order_cancelled_on_its_way_never_takes_effect() -> None:
    there = Market(*BOOK)
    there.engine.submit(replace(market("a", "buy", 3), effective_ms=100))
    assert there.engine.cancel("a") is not None
    assert there.advance(200) == []


def test_an_order_taken_out_and_handed_in_anew_takes_effect_once() -> None:
    there = Market(*BOOK)
    for _ in range(2):
        there.engine.submit(replace(buy("a", 99, 3), effective_ms=100))
        there.engine.cancel("a")
    there.engine.submit(replace(buy("a", 99, 3), effective_ms=100))
    assert there.advance(200) == []
    assert fills(there.trade(300, 98, 9, "sell")) == [("a", 3, 99, "maker")]
    assert there.trade(400, 98, 9, "sell") == []


def test_before_the_first_book_orders_wait_for_it() -> None:
    there = Market()
    assert there.place(10, market("a", "buy", 3)) == []
    assert there.place(11, buy("b", 99, 3)) == []
    assert fills(there.snapshot(50, *BOOK)) == [("a", 3, 101, "taker")]
    assert there.engine.ticket("b") is not None


def test_a_limit_order_that_waited_for_the_first_book_takes_what_it_finds() -> None:
    there = Market()
    there.place(10, buy("a", 103, 3))
    assert fills(there.snapshot(50, *BOOK)) == [("a", 3, 101, "taker")]


def test_an_engine_takes_up_where_another_left_off() -> None:
    first = Market(*BOOK)
    first.trade(1, 100, 1, "buy")
    first.place(10, buy("rests", 99, 6))
    first.place(11, ticket("stop", "sell", "stop_loss", 4, stop=95))
    first.place(12, ticket("trail", "sell", "stop_loss", 4, trailing_bps=1500))
    first.place(13, buy("quote", 98, 6, quote_budget=Decimal(588)))
    first.engine.submit(replace(market("way", "sell", 1), effective_ms=1_000))
    first.trade(20, 110, 1, "buy")
    first.trade(21, 99, 7, "sell")
    kept = first.engine.tickets()
    assert [(t.order_id, t.filled, t.queue_ahead, t.extreme) for t in kept] == [
        ("rests", 2, 0, None), ("stop", 0, None, None), ("trail", 0, None, 110), ("quote", 0, 0, None),
        ("way", 0, None, None),
    ]  # fmt: skip
    second = Market()
    for one in kept:
        second.engine.submit(one)
    second.snapshot(0, *BOOK)
    for there in (first, second):
        there.told.clear()
        there.update(30, {99: 0})
        there.trade(40, 98, 9, "sell")
        there.trade(50, 93, 1, "sell")
        there.advance(1_000)
    assert [type(e) for e in second.told] == [type(e) for e in first.told]
    assert fills(second.told) == fills(first.told)
    assert ends(second.told) == ends(first.told)


def test_a_resting_order_taken_up_without_its_queue_stands_behind_all_that_is_displayed() -> None:
    there = Market()
    there.engine.submit(replace(buy("a", 99, 6), accepted_ms=0))
    assert there.trade(5, 99, 100, "sell") == []
    there.snapshot(10, *BOOK)
    waiting = there.engine.ticket("a")
    assert waiting is not None
    assert waiting.queue_ahead == 5


def test_a_trade_through_fills_an_order_whose_queue_is_not_known_yet() -> None:
    there = Market()
    there.engine.submit(replace(buy("a", 99, 6), accepted_ms=0))
    [filled] = there.trade(5, 98, 4, "sell")
    assert isinstance(filled, Filled)
    assert filled.evidence["queue_ahead"] is None


def test_a_resting_order_taken_up_takes_nothing_and_is_met_at_its_price() -> None:
    there = Market()
    there.engine.submit(replace(buy("a", 102, 6), accepted_ms=0))
    told = there.snapshot(10, *BOOK)
    assert fills(told) == [("a", 4, 102, "maker"), ("a", 2, 102, "maker")]


def test_engines_of_two_instruments_share_nothing() -> None:
    one, other = MatchingEngine(COIN), Market(*BOOK)
    other.place(10, buy("a", 99))
    assert one.tickets() == []


def test_the_fee_is_taken_in_the_asset_received_and_rounded_up() -> None:
    rates = FeeRates(maker_bps=2, taker_bps=10)
    quantity, price = Decimal("0.00001"), Decimal("61837.63")
    assert rates.charge(COIN, "buy", "taker", quantity=quantity, price=price) == (
        Decimal("1e-8"),
        "AB",
    )
    assert rates.charge(COIN, "sell", "maker", quantity=quantity, price=price) == (
        Decimal("0.00012368"), "C",
    )  # fmt: skip


def test_a_sell_that_takes_leaves_the_other_side_of_the_book_alone() -> None:
    there = Market(*BOOK)
    there.place(10, sell("a", 99, 5))
    assert there.engine.estimate("buy", 13) == 102
