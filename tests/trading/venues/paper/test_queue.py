"""Resting orders stand behind what was displayed; only trades against them fill them. Figures worked out by hand."""

import pytest

from arena.trading.market import Side
from arena.trading.venues import Filled
from tests.trading.venues.paper.by_hand import Market, buy, ends, fills, market, sell, ticket


def ahead(there: Market, order_id: str) -> int | None:
    found = there.engine.ticket(order_id)
    assert found is not None
    return found.queue_ahead


def test_an_order_stands_behind_what_is_displayed_when_it_arrives() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99))
    there.place(10, buy("b", 98))
    assert (ahead(there, "a"), ahead(there, "b")) == (5, 0)


def test_trades_at_the_price_shorten_the_queue_and_their_excess_fills() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99, 10))
    assert there.trade(20, 99, 3, "sell") == []
    assert ahead(there, "a") == 2
    assert fills(there.trade(30, 99, 6, "sell")) == [("a", 4, 99, "maker")]
    assert fills(there.trade(40, 99, 9, "sell")) == [("a", 6, 99, "maker")]


@pytest.mark.parametrize("price", [99, 98, 90])
def test_a_trade_of_the_wrong_side_never_fills(price: int) -> None:
    there = Market({98: 5}, {101: 4})
    there.place(10, buy("a", 99, 10))
    assert there.trade(20, price, 1_000, "buy") == []
    assert ahead(there, "a") == 0


def test_the_wrong_side_neither_fills_a_sell() -> None:
    there = Market({98: 5}, {101: 4})
    there.place(10, sell("a", 100, 10))
    assert there.trade(20, 105, 1_000, "sell") == []
    assert fills(there.trade(30, 100, 4, "buy")) == [("a", 4, 100, "maker")]


def test_a_trade_through_the_price_fills_up_to_its_quantity() -> None:
    there = Market({99: 500}, {101: 4})
    there.place(10, buy("a", 99, 10))
    assert fills(there.trade(20, 98, 7, "sell")) == [("a", 7, 99, "maker")]
    assert ahead(there, "a") == 0


def test_a_trade_that_does_not_reach_the_price_does_nothing() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99, 10))
    assert there.trade(20, 100, 1_000, "sell") == []
    assert ahead(there, "a") == 5


def test_volume_is_shared_best_price_first_then_in_order_of_time() -> None:
    there = Market({97: 5}, {101: 4})
    there.place(10, buy("a", 98, 4))
    there.place(11, buy("b", 99, 4))
    there.place(12, buy("c", 98, 4))
    assert fills(there.trade(20, 98, 10, "sell")) == [
        ("b", 4, 99, "maker"),
        ("a", 4, 98, "maker"),
        ("c", 2, 98, "maker"),
    ]


def test_a_trade_passes_the_queue_once_for_all_who_stand_behind_it() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99, 3))
    there.update(11, {99: 9})  # four more, behind a
    there.place(12, buy("b", 99, 3))
    assert (ahead(there, "a"), ahead(there, "b")) == (5, 9)
    # 5 ahead of a, 3 to a, then 2 of the 4 between a and b
    assert fills(there.trade(20, 99, 10, "sell")) == [("a", 3, 99, "maker")]
    assert ahead(there, "b") == 2


def test_what_is_left_after_the_queue_between_two_orders_fills_the_second() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99, 3))
    there.update(11, {99: 9})
    there.place(12, buy("b", 99, 3))
    # 5 ahead of a, 3 to a, 4 between, 1 to b
    assert fills(there.trade(20, 99, 13, "sell")) == [("a", 3, 99, "maker"), ("b", 1, 99, "maker")]


def test_a_decrease_that_a_trade_explains_counts_once() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99))
    there.trade(20, 99, 3, "sell")
    there.update(30, {99: 5})
    there.update(2_000, {98: 1})
    assert ahead(there, "a") == 5


def test_a_decrease_that_comes_before_its_trade_counts_once() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(30, {99: 5})
    assert ahead(there, "a") == 8
    there.trade(20, 99, 3, "sell")  # made before that update, told after it
    assert ahead(there, "a") == 5
    there.update(2_000, {98: 1})
    assert ahead(there, "a") == 5


def test_a_decrease_without_a_trade_shrinks_the_queue_in_proportion_after_a_second() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(20, {99: 16})
    there.update(30, {99: 12})  # a quarter is cancelled: 2 of the 8 ahead, 2 of the 8 behind
    there.update(1_029, {98: 1})
    assert ahead(there, "a") == 8
    there.update(1_030, {98: 2})
    assert ahead(there, "a") == 6


def test_the_share_of_cancellations_is_rounded_against_the_order() -> None:
    there = Market({99: 7}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(20, {99: 9})
    there.update(30, {99: 5})  # 7 * 4 / 9 = 3.1
    there.update(2_000, {98: 1})
    assert ahead(there, "a") == 4


def test_only_the_part_no_trade_explains_is_cancellations() -> None:
    there = Market({99: 10}, {101: 4})
    there.place(10, buy("a", 99))
    there.trade(20, 99, 4, "sell")
    assert ahead(there, "a") == 6
    there.update(30, {99: 1})  # 4 traded, 5 of 10 cancelled: half of what is still ahead
    there.update(2_000, {98: 1})
    assert ahead(there, "a") == 3


def test_when_the_level_is_gone_so_is_the_queue() -> None:
    there = Market({99: 10, 98: 1}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(30, {99: 0})
    there.update(40, {99: 7})
    there.update(2_000, {98: 2})
    assert ahead(there, "a") == 0


def test_a_later_trade_is_not_explained_by_an_earlier_decrease() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(30, {99: 4})  # cancelled
    there.trade(31, 99, 4, "sell")  # not yet in the book
    assert ahead(there, "a") == 4
    there.update(130, {99: 0})
    there.update(2_000, {98: 1})
    assert ahead(there, "a") == 2  # 4 less the half that was cancelled at 30


def test_a_snapshot_that_lacks_a_level_behind_its_last_says_nothing_of_it() -> None:
    there = Market({99: 8, 90: 6}, {101: 4})
    there.place(10, buy("a", 90))
    there.snapshot(30, {99: 8}, {101: 4})
    there.update(2_000, {98: 1})
    assert ahead(there, "a") == 6


def test_an_order_is_never_filled_before_one_that_came_earlier_at_its_price() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99, 2))
    there.update(20, {99: 3})
    there.place(25, buy("b", 99, 2))
    assert (ahead(there, "a"), ahead(there, "b")) == (8, 3)
    assert (
        there.trade(30, 99, 5, "sell") == []
    )  # enough for b, but a came first and may still have 8 ahead
    assert (ahead(there, "a"), ahead(there, "b")) == (3, 0)
    assert fills(there.trade(40, 99, 6, "sell")) == [("a", 2, 99, "maker"), ("b", 1, 99, "maker")]


def test_cancellations_from_before_an_order_came_do_not_shorten_its_queue() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(20, {99: 4})
    there.place(25, buy("b", 99))
    there.update(2_000, {98: 1})
    assert (ahead(there, "a"), ahead(there, "b")) == (4, 4)


def test_a_late_trade_is_not_explained_by_a_decrease_from_before_it() -> None:
    there = Market({99: 8}, {101: 4})
    there.place(10, buy("a", 99))
    there.update(30, {99: 4})  # cancelled
    there.update(40, {98: 1})
    there.trade(35, 99, 2, "sell")
    assert ahead(there, "a") == 6
    there.update(2_000, {98: 2})
    assert ahead(there, "a") == 3  # half of it


def test_a_trade_from_before_an_order_took_effect_does_not_touch_it() -> None:
    there = Market({99: 2}, {101: 4})
    there.place(50, buy("a", 99))
    assert there.trade(49, 98, 100, "sell") == []
    assert ahead(there, "a") == 2
    assert fills(there.trade(50, 98, 100, "sell")) == [("a", 10, 99, "maker")]


def test_a_book_that_comes_to_the_price_fills_from_what_it_displays_there() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 10))
    told = there.update(20, {99: 0, 98: 3}, {99: 2, 100: 3, 101: 4})
    assert fills(told) == [("a", 2, 100, "maker"), ("a", 3, 100, "maker")]
    assert there.update(30, asks={99: 2, 100: 3}) == []  # the same units are not sold twice
    assert fills(there.update(40, asks={99: 6})) == [("a", 4, 100, "maker")]


def test_a_mirror_that_is_itself_crossed_fills_nobody() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 10))
    assert there.update(20, {100: 7}, {100: 3}) == []


def test_taking_at_a_price_comes_after_what_is_displayed_there() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99, 3))
    there.place(11, buy("b", 99, 3))
    told = there.place(20, market("c", "sell", 9))
    assert fills(told) == [
        ("c", 5, 99, "taker"),
        ("c", 3, 99, "taker"), ("a", 3, 99, "maker"),
        ("c", 1, 99, "taker"), ("b", 1, 99, "maker"),
    ]  # fmt: skip


def test_an_order_between_the_best_prices_is_met_first() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 3))
    assert fills(there.place(20, market("b", "sell", 4))) == [
        ("b", 3, 100, "taker"), ("a", 3, 100, "maker"), ("b", 1, 99, "taker"),
    ]  # fmt: skip


def test_two_orders_that_meet_name_each_other() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 3))
    told = there.place(20, sell("b", 100, 3))
    taker, maker = [e for e in told if isinstance(e, Filled)]
    assert (taker.counterparty, maker.counterparty) == ("a", "b")
    assert taker.evidence["counterparty"] == "a"
    assert ends(told) == [("b", "filled"), ("a", "filled")]


def test_evidence_of_a_maker_names_trade_and_queue() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 99, 10))
    there.trade(20, 99, 3, "sell")
    [filled] = there.trade(30, 99, 6, "sell")
    assert isinstance(filled, Filled)
    assert filled.evidence == {
        "source": "trade",
        "model": "exchange",
        "trade_id": 2,
        "trade_price": "99",
        "trade_quantity": "6",
        "accepted_book_id": 1,
        "queue_at_acceptance": "5",
        "queue_ahead": "2",
    }


@pytest.mark.parametrize(("mode", "traded", "ended"), [
    ("none", [("b", 3, 100, "taker"), ("a", 3, 100, "maker"), ("b", 1, 99, "taker")],
     [("a", "filled"), ("b", "filled")]),
    ("expire_maker", [("b", 4, 99, "taker")], [("a", "self_match"), ("b", "filled")]),
    ("expire_taker", [], [("b", "self_match")]),
    ("expire_both", [], [("a", "self_match"), ("b", "self_match")]),
])  # fmt: skip
def test_who_would_trade_with_himself_is_prevented_as_the_taker_asks(
    mode: str, traded: list[tuple[str, int, int, str]], ended: list[tuple[str, str]]
) -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 3, account_id="one", self_match="none"))
    told = there.place(20, market("b", "sell", 4, account_id="one", self_match=mode))
    assert (fills(told), ends(told)) == (traded, ended)


def test_a_fok_does_not_count_orders_of_its_own_account() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 3, account_id="one"))
    told = there.place(20, sell("b", 99, 8, account_id="one", time_in_force="fok"))
    assert (fills(told), ends(told)) == ([], [("b", "fok")])
    assert there.engine.ticket("a") is not None


def test_a_fok_passes_over_orders_of_its_own_account_that_would_expire() -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, buy("a", 100, 3, account_id="one"))
    told = there.place(20, sell("b", 99, 5, account_id="one", time_in_force="fok"))
    assert (fills(told), ends(told)) == (
        [("b", 5, 99, "taker")],
        [("a", "self_match"), ("b", "filled")],
    )


def test_a_fok_counts_of_a_group_only_the_one_that_would_trade() -> None:
    there = Market({99: 5}, {110: 4})
    there.place(10, sell("a", 100, 3, group_id="g"))
    there.place(11, sell("b", 101, 3, group_id="g"))
    told = there.place(20, buy("c", 105, 6, time_in_force="fok"))
    assert (fills(told), ends(told)) == ([], [("c", "fok")])
    told = there.place(30, buy("d", 105, 3, time_in_force="fok"))
    assert ends(told) == [("d", "filled"), ("b", "group"), ("a", "filled")]


def test_two_of_one_group_never_meet() -> None:
    there = Market({99: 5}, {110: 4})
    there.place(10, buy("a", 100, 3, group_id="g", account_id="one"))
    told = there.place(11, sell("b", 99, 3, group_id="g", account_id="one", self_match="none"))
    assert (fills(told), ends(told)) == (
        [("b", 3, 99, "taker")],
        [("a", "group"), ("b", "filled")],
    )


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_an_order_that_is_cancelled_is_met_by_nobody(side: Side) -> None:
    there = Market({99: 5}, {101: 4})
    there.place(10, ticket("a", side, limit=100, quantity=3))
    ended = there.engine.cancel("a")
    assert ended is not None
    assert (ended.reason, ended.left) == ("canceled", 3)
    assert there.engine.cancel("a") is None
    assert there.trade(20, 100, 50, "sell" if side == "buy" else "buy") == []
