"""Taker orders walk the book, and what one took is gone for all until fresh depth arrives."""

from decimal import Decimal

import pytest

from arena.trading.venues import Filled
from tests.trading.venues.paper.by_hand import Market, buy, ends, fills, market, sell, ticket


def test_a_market_order_walks_the_book_level_by_level() -> None:
    told = Market({99: 5}, {101: 4, 102: 3, 105: 9}).place(10, market("a", "buy", 9))
    assert fills(told) == [("a", 4, 101, "taker"), ("a", 3, 102, "taker"), ("a", 2, 105, "taker")]
    assert ends(told) == [("a", "filled")]


def test_a_market_sell_walks_the_bids() -> None:
    told = Market({99: 5, 98: 5}, {101: 4}).place(10, market("a", "sell", 7))
    assert fills(told) == [("a", 5, 99, "taker"), ("a", 2, 98, "taker")]


def test_the_rest_of_a_market_order_expires_where_the_book_is_exhausted() -> None:
    told = Market({99: 5}, {101: 4}).place(10, market("a", "buy", 9))
    assert fills(told) == [("a", 4, 101, "taker")]
    assert ends(told) == [("a", "no_liquidity")]


def test_what_one_took_is_gone_for_the_next() -> None:
    there = Market({99: 5}, {101: 4, 102: 3})
    there.place(10, market("a", "buy", 3))
    assert fills(there.place(20, market("b", "buy", 3))) == [
        ("b", 1, 101, "taker"),
        ("b", 2, 102, "taker"),
    ]


def test_only_what_is_added_to_a_level_is_fresh() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, market("a", "buy", 4))
    there.update(20, asks={101: 6})
    assert fills(there.place(30, market("b", "buy", 9))) == [("b", 2, 101, "taker")]


def test_an_update_of_the_same_quantity_brings_nothing() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, market("a", "buy", 4))
    there.update(20, asks={101: 4})
    assert fills(there.place(30, market("b", "buy", 9))) == []


def test_a_level_that_shrinks_loses_what_was_not_consumed_first() -> None:
    there = Market({99: 5}, {101: 10})
    there.place(10, market("a", "buy", 4))
    there.update(20, asks={101: 5})  # 4 of the 5 are those that were consumed
    assert fills(there.place(30, market("b", "buy", 9))) == [("b", 1, 101, "taker")]


def test_what_comes_after_a_level_shrank_below_what_was_consumed_is_fresh() -> None:
    there = Market({99: 5}, {101: 10})
    there.place(10, market("a", "buy", 6))
    there.update(20, asks={101: 4})
    assert there.engine.would_take("buy", 101) is False
    there.update(30, asks={101: 6})
    assert fills(there.place(40, market("b", "buy", 9))) == [("b", 2, 101, "taker")]


def test_a_level_that_went_and_came_back_is_fresh() -> None:
    there = Market({99: 5}, {101: 4, 102: 1})
    there.place(10, market("a", "buy", 4))
    there.update(20, asks={101: 0})
    there.update(30, asks={101: 3})
    assert fills(there.place(40, market("b", "buy", 3))) == [("b", 3, 101, "taker")]


def test_a_snapshot_gives_back_nothing_that_was_consumed() -> None:
    there = Market({99: 5}, {101: 4, 102: 5})
    there.place(10, market("a", "buy", 4))
    there.snapshot(20, {99: 5}, {101: 5, 102: 5})
    assert fills(there.place(30, market("b", "buy", 2))) == [
        ("b", 1, 101, "taker"),
        ("b", 1, 102, "taker"),
    ]


def test_what_a_trade_took_is_gone_before_the_book_says_so() -> None:
    there = Market({99: 5}, {101: 4, 102: 9})
    there.trade(10, 101, 3, "buy")
    assert fills(there.place(20, market("a", "buy", 2))) == [
        ("a", 1, 101, "taker"),
        ("a", 1, 102, "taker"),
    ]


def test_a_trade_that_the_book_contains_takes_nothing_more() -> None:
    there = Market({99: 5}, {101: 7})
    there.update(30, asks={101: 4})
    there.trade(20, 101, 3, "buy")
    assert fills(there.place(40, market("a", "buy", 9))) == [("a", 4, 101, "taker")]


def test_an_update_from_before_a_trade_does_not_contain_it() -> None:
    there = Market({99: 5}, {101: 4})
    there.trade(50, 101, 3, "buy")
    there.update(40, asks={102: 1})
    assert fills(there.place(60, buy("a", 101, 9))) == [("a", 1, 101, "taker")]


def test_an_update_contains_the_trades_before_it() -> None:
    there = Market({99: 5}, {101: 4, 102: 9})
    there.trade(10, 101, 3, "buy")
    there.update(20, asks={101: 4})  # 3 were taken, 3 came
    assert fills(there.place(30, market("a", "buy", 4))) == [("a", 4, 101, "taker")]


def test_a_quote_budget_is_never_exceeded_and_ends_the_order_when_no_step_is_left_in_it() -> None:
    told = Market({99: 5}, {101: 4, 102: 9}).place(
        10, market("a", "buy", None, quote_budget=Decimal(700))
    )
    assert fills(told) == [("a", 4, 101, "taker"), ("a", 2, 102, "taker")]  # 404 + 204, 92 left
    assert ends(told) == [("a", "filled")]
    assert [e.left for e in told if isinstance(e, Filled)] == [2, 0]


def test_a_sell_by_quote_brings_in_no_more_than_asked() -> None:
    told = Market({99: 5, 90: 9}, {}).place(
        10, market("a", "sell", None, quote_budget=Decimal(600))
    )
    assert fills(told) == [("a", 5, 99, "taker"), ("a", 1, 90, "taker")]
    assert ends(told) == [("a", "filled")]


def test_a_budget_that_buys_nothing_ends_the_order_so() -> None:
    told = Market({}, {101: 4}).place(10, market("a", "buy", None, quote_budget=Decimal(100)))
    assert (fills(told), ends(told)) == ([], [("a", "budget")])


def test_a_buy_by_quantity_stops_where_its_budget_does() -> None:
    told = Market({}, {101: 9}).place(10, market("a", "buy", 9, quote_budget=Decimal(350)))
    assert (fills(told), ends(told)) == ([("a", 3, 101, "taker")], [("a", "budget")])


def test_a_limit_order_takes_up_to_its_limit_and_rests_with_the_rest() -> None:
    there = Market({99: 5}, {101: 4, 102: 3})
    assert fills(there.place(10, buy("a", 101, 6))) == [("a", 4, 101, "taker")]
    [rest] = there.engine.tickets()
    assert (rest.order_id, rest.filled, rest.queue_ahead) == ("a", 4, 0)


def test_a_limit_maker_that_would_take_ends_without_a_trade() -> None:
    told = Market({99: 5}, {101: 4}).place(10, ticket("a", "buy", "limit_maker", 2, limit=101))
    assert (fills(told), ends(told)) == ([], [("a", "would_take")])


def test_a_limit_maker_that_takes_nothing_rests() -> None:
    there = Market({99: 5}, {101: 4})
    assert there.place(10, ticket("a", "buy", "limit_maker", 2, limit=100)) == []
    assert there.engine.ticket("a") is not None


def test_an_ioc_takes_what_is_there_and_the_rest_expires() -> None:
    told = Market({99: 5}, {101: 4}).place(10, buy("a", 101, 6, time_in_force="ioc"))
    assert (fills(told), ends(told)) == ([("a", 4, 101, "taker")], [("a", "ioc")])


def test_a_fok_is_filled_whole_or_not_at_all() -> None:
    there = Market({99: 5}, {101: 4, 102: 3})
    told = there.place(10, buy("a", 102, 8, time_in_force="fok"))
    assert (fills(told), ends(told)) == ([], [("a", "fok")])
    told = there.place(20, buy("b", 102, 7, time_in_force="fok"))
    assert fills(told) == [("b", 4, 101, "taker"), ("b", 3, 102, "taker")]


def test_a_fok_beyond_its_budget_is_not_filled_at_all() -> None:
    there = Market({}, {101: 4, 110: 9})
    told = there.place(10, buy("a", 110, 6, time_in_force="fok", quote_budget=Decimal(623)))
    assert (fills(told), ends(told)) == ([], [("a", "fok")])
    told = there.place(20, buy("b", 110, 6, time_in_force="fok", quote_budget=Decimal(624)))
    assert ends(told) == [("b", "filled")]


def test_evidence_names_the_level_and_what_was_left_of_it() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, market("a", "buy", 1))
    [filled, _] = there.place(20, market("b", "buy", 2))
    assert isinstance(filled, Filled)
    assert filled.evidence == {
        "source": "book",
        "model": "exchange",
        "book_id": 1,
        "book_ms": 0,
        "level": "101",
        "displayed": "4",
        "consumed": "1",
        "traded": "0",
    }


@pytest.mark.parametrize(("side", "limit", "takes"), [
    ("buy", 100, False), ("buy", 101, True), ("sell", 100, False), ("sell", 99, True),
])  # fmt: skip
def test_whether_an_order_would_take_can_be_asked_beforehand(
    side: str, limit: int, takes: bool
) -> None:
    there = Market({99: 5}, {101: 4})
    assert there.engine.would_take(side, limit) is takes  # type: ignore[arg-type]  # the cases are sides


def test_what_a_market_order_would_come_to_can_be_asked_beforehand() -> None:
    there = Market({99: 5}, {101: 4, 105: 3})
    assert there.engine.estimate("buy", 4) == 101
    assert there.engine.estimate("buy", 5) == 105
    assert there.engine.estimate("buy", 8) is None
    there.place(10, sell("a", 100, 2))
    assert there.engine.estimate("buy", 2) == 100


def test_depth_shows_the_mirror_best_first() -> None:
    there = Market({99: 5, 98: 1, 97: 2}, {101: 4, 105: 3})
    assert there.engine.depth(2) == (((99, 5), (98, 1)), ((101, 4), (105, 3)))
    there.update(10, {99: 0}, {100: 7})
    assert there.engine.depth(1) == (((98, 1),), ((100, 7),))
    assert (there.engine.best_bid, there.engine.best_ask) == (98, 100)


def test_an_update_older_than_the_book_is_passed_over() -> None:
    there = Market({99: 5}, {101: 4})
    there.ids = 0
    there.update(10, asks={101: 9})
    assert there.engine.depth(1) == (((99, 5),), ((101, 4),))
