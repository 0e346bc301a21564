"""Stops wait for trades, trails follow them, and of a group one order trades."""

import pytest

from arena.trading.market import Side
from arena.trading.venues import Triggered
from tests.trading.venues.paper.by_hand import Market, buy, ends, fills, sell, ticket

BOOK: tuple[dict[int, int], dict[int, int]] = ({99: 50}, {101: 50})


def triggers(told: list[object]) -> list[str]:
    return [e.order_id for e in told if isinstance(e, Triggered)]


@pytest.mark.parametrize(("kind", "side", "not_yet", "reached"), [
    ("stop_loss", "sell", 96, 95),
    ("stop_loss", "sell", 96, 90),
    ("stop_loss", "buy", 94, 95),
    ("stop_loss", "buy", 94, 100),
    ("take_profit", "sell", 94, 95),
    ("take_profit", "buy", 96, 95),
])  # fmt: skip
def test_a_stop_triggers_with_the_trade_that_reaches_it_and_takes(
    kind: str, side: Side, not_yet: int, reached: int
) -> None:
    there = Market(*BOOK)
    there.place(10, ticket("a", side, kind, 3, stop=95))
    assert there.trade(20, not_yet, 1, "buy") == []
    told = there.trade(30, reached, 1, "sell")
    assert triggers(told) == ["a"]
    assert fills(told) == [("a", 3, 101 if side == "buy" else 99, "taker")]


def test_the_book_alone_triggers_nothing() -> None:
    there = Market(*BOOK)
    there.place(10, ticket("a", "sell", "stop_loss", 3, stop=95))
    assert there.update(20, {99: 0, 90: 5}, {92: 5}) == []


def test_a_stop_that_the_last_price_has_passed_triggers_as_it_takes_effect() -> None:
    there = Market(*BOOK)
    there.trade(5, 94, 1, "sell")
    assert triggers(there.place(10, ticket("a", "sell", "stop_loss", 3, stop=95))) == ["a"]


def test_a_trade_from_before_it_took_effect_triggers_nothing() -> None:
    there = Market(*BOOK)
    there.place(50, ticket("a", "sell", "stop_loss", 3, stop=95))
    assert there.trade(49, 90, 1, "sell") == []
    assert triggers(there.trade(50, 90, 1, "sell")) == ["a"]


def test_a_stop_limit_rests_at_its_limit_once_triggered() -> None:
    there = Market({99: 5}, {101: 4, 103: 6})
    there.place(10, ticket("a", "sell", "stop_loss_limit", 3, stop=100, limit=103))
    assert triggers(there.trade(20, 100, 1, "sell")) == ["a"]
    waiting = there.engine.ticket("a")
    assert waiting is not None
    assert (waiting.triggered, waiting.queue_ahead) == (True, 6)
    assert fills(there.trade(30, 104, 5, "buy")) == [("a", 3, 103, "maker")]


def test_the_nearest_stop_goes_first_then_the_earlier() -> None:
    there = Market({99: 50}, {101: 50})
    there.place(10, ticket("a", "sell", "stop_loss", 1, stop=94))
    there.place(11, ticket("b", "sell", "stop_loss", 1, stop=95))
    there.place(12, ticket("c", "sell", "stop_loss", 1, stop=94))
    there.place(13, ticket("d", "sell", "stop_loss", 1, stop=93))
    assert triggers(there.trade(20, 94, 1, "sell")) == ["b", "a", "c"]
    assert [t.order_id for t in there.engine.tickets()] == ["d"]


def test_what_the_triggering_trade_took_is_not_there_for_the_stop() -> None:
    there = Market({99: 5, 98: 5}, {101: 4})
    there.place(10, ticket("a", "sell", "stop_loss", 3, stop=99))
    assert fills(there.trade(20, 99, 4, "sell")) == [("a", 1, 99, "taker"), ("a", 2, 98, "taker")]


def test_a_cancelled_stop_triggers_no_more() -> None:
    there = Market(*BOOK)
    there.place(10, ticket("a", "sell", "stop_loss", 3, stop=95))
    there.place(10, ticket("b", "sell", "stop_loss", 3, trailing_bps=100))
    assert there.engine.cancel("a") is not None
    assert there.engine.cancel("b") is not None
    assert there.trade(20, 200, 1, "buy") == []
    assert there.trade(30, 1, 1, "sell") == []


# The cases of Binance's FAQ on trailing stops: what happens to the price, and when the order triggers.
A = (
    ("buy", "stop_loss_limit", 500, 44_000),
    [37_000, 44_000, 45_000, 46_000, 42_000, 44_099],
    44_100,
)
B = (("sell", "stop_loss_limit", 1000, 39_000), [41_500, 39_000, 37_000, 41_000, 36_901], 36_900)
C = (("buy", "take_profit_limit", 850, 38_000), [42_000, 38_000, 37_000, 39_000, 38_000], 40_145)
D = (
    ("sell", "take_profit_limit", 750, 42_000),
    [41_500, 39_000, 42_000, 45_000, 44_000, 46_500],
    43_012,
)
E = (("sell", "stop_loss_limit", 700, None), [42_000, 39_500, 45_500, 42_316], 42_315)


@pytest.mark.parametrize(("order", "before", "last"), [A, B, C, D, E])
def test_a_trailing_stop_triggers_where_the_exchange_says(
    order: tuple[Side, str, int, int | None], before: list[int], last: int
) -> None:
    side, kind, trailing_bps, stop = order
    there = Market({30_000: 1}, {50_000: 1})
    there.trade(0, 40_000, 1, "buy")
    limit = 31_000 if side == "buy" else 49_000
    there.place(1, ticket("a", side, kind, 1, limit=limit, stop=stop, trailing_bps=trailing_bps))
    for ms, price in enumerate(before, 10):
        assert there.trade(ms, price, 1, "buy") == [], price
    assert triggers(there.trade(99, last, 1, "buy")) == ["a"]


def test_a_trail_without_any_trade_yet_begins_with_the_first() -> None:
    there = Market(*BOOK)
    there.place(10, ticket("a", "sell", "stop_loss", 3, trailing_bps=1000))
    assert there.trade(20, 100, 1, "buy") == []
    assert there.trade(30, 91, 1, "sell") == []
    assert triggers(there.trade(40, 90, 1, "sell")) == ["a"]


def test_a_trail_begins_with_the_last_price_when_it_takes_effect() -> None:
    there = Market(*BOOK)
    there.trade(5, 100, 1, "buy")
    there.place(10, ticket("a", "sell", "stop_loss", 3, trailing_bps=1000))
    assert triggers(there.trade(20, 90, 1, "sell")) == ["a"]


def test_a_trail_does_not_see_trades_from_before_it_took_effect() -> None:
    there = Market(*BOOK)
    there.trade(5, 100, 1, "buy")
    there.place(50, ticket("a", "sell", "stop_loss", 3, trailing_bps=1000))
    assert there.trade(49, 90, 1, "sell") == []
    assert triggers(there.trade(50, 90, 1, "sell")) == ["a"]


def oco(there: Market) -> None:
    there.place(10, ticket("above", "sell", "limit_maker", 4, limit=105, group_id="g"))
    there.place(
        10, ticket("below", "sell", "stop_loss", 4, stop=95, group_id="g", account_id="acc_a")
    )


def test_when_one_of_a_group_is_filled_in_part_the_other_ends() -> None:
    there = Market(*BOOK)
    oco(there)
    told = there.trade(20, 105, 1, "buy")
    assert (fills(told), ends(told)) == ([("above", 1, 105, "maker")], [("below", "group")])
    assert there.trade(30, 90, 9, "sell") == []


def test_when_one_of_a_group_triggers_the_other_ends() -> None:
    there = Market(*BOOK)
    oco(there)
    told = there.trade(20, 95, 1, "sell")
    assert fills(told) == [("below", 4, 99, "taker")]
    assert ends(told) == [("above", "group"), ("below", "filled")]


def test_a_stop_limit_that_triggers_and_rests_ends_the_other() -> None:
    there = Market(*BOOK)
    there.place(10, ticket("a", "sell", "limit_maker", 4, limit=105, group_id="g"))
    there.place(10, ticket("b", "sell", "stop_loss_limit", 4, stop=95, limit=103, group_id="g"))
    told = there.trade(20, 95, 1, "sell")
    assert (triggers(told), ends(told)) == (["b"], [("a", "group")])
    assert [t.order_id for t in there.engine.tickets()] == ["b"]


def test_one_trade_that_reaches_both_of_a_group_trades_one() -> None:
    there = Market(*BOOK)
    there.place(10, ticket("high", "sell", "limit_maker", 4, limit=105, group_id="g"))
    there.place(10, ticket("stop", "sell", "take_profit", 4, stop=104, group_id="g"))
    told = there.trade(20, 106, 9, "buy")
    assert (fills(told), ends(told)) == (
        [("high", 4, 105, "maker")],
        [("stop", "group"), ("high", "filled")],
    )


def test_when_one_of_a_group_expires_the_other_ends() -> None:
    there = Market(*BOOK)
    there.place(10, sell("a", 105, group_id="g", expires_ms=100))
    there.place(10, ticket("b", "sell", "stop_loss", 4, stop=95, group_id="g"))
    assert ends(there.advance(100)) == [("a", "expired"), ("b", "group")]


def test_when_a_maker_of_a_group_would_take_nothing_of_it_stays() -> None:
    there = Market(*BOOK)
    there.engine.submit(ticket("a", "sell", "limit_maker", 4, limit=99, group_id="g"))
    there.engine.submit(ticket("b", "sell", "stop_loss", 4, stop=95, group_id="g"))
    assert ends(there.advance(100)) == [("a", "would_take"), ("b", "group")]


def test_cancelling_one_of_a_group_leaves_the_other() -> None:
    there = Market(*BOOK)
    oco(there)
    there.engine.cancel("above")
    assert [t.order_id for t in there.engine.tickets()] == ["below"]
    assert fills(there.trade(20, 95, 1, "sell")) == [("below", 4, 99, "taker")]


def test_a_stop_that_triggers_meets_what_rests_here() -> None:
    there = Market(*BOOK)
    there.place(10, buy("x", 100, 2))
    there.place(11, ticket("a", "sell", "stop_loss", 3, stop=95))
    assert fills(there.trade(20, 95, 0, "buy")) == [
        ("a", 2, 100, "taker"), ("x", 2, 100, "maker"), ("a", 1, 99, "taker"),
    ]  # fmt: skip
