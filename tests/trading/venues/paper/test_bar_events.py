"""Bars as books and trades: the path, the square-root law, and how orders of each kind fare on them."""

from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.kit.clock import to_ms
from arena.trading.market import ARITHMETIC, Candle, DepthSnapshot, MarketEvent, Print, Side
from arena.trading.venues import EngineEvent, MatchingEngine, PaperTicket, bar_events
from tests.trading.tape import BTC, INTERVAL_S, at, bar
from tests.trading.venues.paper.auditor import Auditor
from tests.trading.venues.paper.by_hand import ends, fills

Y = Decimal("0.8")


def events(candle: Candle, *, last_id: int = 0, after: Decimal | None = None) -> list[MarketEvent]:
    return bar_events(
        candle, BTC, interval_s=INTERVAL_S, last_id=last_id, half_spread_bps=1, impact_y=Y,
        participation_bps=1000, after=after,
    )  # fmt: skip


def books(made: list[MarketEvent]) -> list[DepthSnapshot]:
    return [event for event in made if isinstance(event, DepthSnapshot)]


def prints(made: list[MarketEvent]) -> list[Print]:
    return [event for event in made if isinstance(event, Print)]


def walked(levels: tuple[tuple[int, int], ...], quantity: int) -> Decimal:
    """What so many steps cost (or bring), in quote units."""
    cost, left = 0, quantity
    for price, size in levels:
        taken = min(size, left)
        cost, left = cost + taken * price, left - taken
    assert left == 0
    return cost * BTC.tick * BTC.step


def lawful(candle: Candle, price: Decimal, quantity: int) -> Decimal:
    """Half a spread and square-root impact for so many steps, in quote units (record.md, 4)."""
    q = quantity * BTC.step
    share = ARITHMETIC.sqrt(q / candle.volume)
    return q * price * (Decimal(1) / 10_000 + Y * (candle.high - candle.low) / candle.open * share)


def test_a_bar_is_four_points_each_a_trade_and_then_a_book() -> None:
    made = events(bar(0, "100 110 95 105"), last_id=7)
    assert [type(event) for event in made] == [Print, DepthSnapshot] * 4
    assert [p.price for p in prints(made)] == [100, 95, 110, 105]  # the low is nearer
    assert [p.side for p in prints(made)] == ["sell", "sell", "buy", "sell"]
    assert [p.quantity for p in prints(made)] == [250] * 4
    assert [event.at for event in made[::2]] == [at(0), at(1 / 3), at(2 / 3), at(1)]
    assert [book.last_id for book in books(made)] == [8, 9, 10, 11]
    assert {book.model for book in books(made)} == {"bar"}


def test_the_higher_extreme_comes_first_where_it_is_nearer() -> None:
    made = events(bar(0, "100 102 90 91"))
    assert [p.price for p in prints(made)] == [100, 102, 90, 91]
    assert [p.side for p in prints(made)] == ["buy", "buy", "sell", "buy"]


def test_an_open_below_the_price_before_was_sold() -> None:
    assert prints(events(bar(0, "100 102 90 91"), after=Decimal(120)))[0].side == "sell"


def test_numbers_of_trades_rise_from_bar_to_bar() -> None:
    numbers = [p.id for n in range(3) for p in prints(events(bar(n, "100 102 90 91")))]
    assert all(after == before + 1 for before, after in pairwise(numbers))


@pytest.mark.parametrize("volume", [0, "0.00003", "0.0003"])
def test_a_bar_without_volume_for_a_side_makes_no_news(volume: object) -> None:
    assert events(bar(0, "100 110 95 105", volume)) == []


prices = st.integers(1_000_000, 1_100_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    low, one, two, high = sorted(draw(prices) for _ in range(4))
    return Candle(
        BTC.symbol, at(0), one, high, low, two, Decimal(draw(st.integers(1, 10**6))) / 1000
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(candles(), st.integers(1, 1_000))
def test_walking_the_book_costs_what_the_square_root_law_says(candle: Candle, mille: int) -> None:
    for made, book in zip(prints(events(candle)), books(events(candle)), strict=True):
        side = sum(size for _, size in book.asks)
        assert side == sum(size for _, size in book.bids)
        assert side == int(candle.volume / 10 / 4 / BTC.step)
        quantity = max(side * mille // 1000, 1)
        law = lawful(candle, made.price, quantity)
        worth = quantity * BTC.step * made.price
        rounding = quantity * BTC.step * BTC.tick
        # Within a level the book is a chord of the law's curve, so never cheaper; the first of 20 levels is the widest.
        slack = lawful(candle, made.price, side) / 20 + rounding
        assert law <= walked(book.asks, quantity) - worth <= law + slack
        assert law <= worth - walked(book.bids, quantity) <= law + slack


def test_whole_levels_cost_just_what_the_law_says() -> None:
    candle = bar(0, "10000 10300 9900 10100", 4_000)
    [book, *_] = books(events(candle))
    passed = 0
    for _, size in book.asks:
        passed += size
        over = walked(book.asks, passed) - passed * BTC.step * 10_000
        law = lawful(candle, Decimal(10_000), passed)
        assert law <= over <= law + passed * BTC.step * BTC.tick
    half = Decimal(10_000) * Decimal("1.0001")
    assert book.asks[0][0] >= int((half / BTC.tick).to_integral_value(ROUND_CEILING))


def test_marginal_cost_is_one_and_a_half_times_the_average() -> None:
    candle = bar(0, "10000 10300 9900 10100", 4_000)
    [book, *_] = books(events(candle))
    side = sum(size for _, size in book.asks)
    last = book.asks[-1][0] * BTC.tick / 10_000 - Decimal("1.0001")
    average = walked(book.asks, side) / (side * BTC.step) / 10_000 - Decimal("1.0001")
    assert float(last / average) == pytest.approx(1.5, rel=0.05)


class BarMarket:
    """An engine that plays bars, and an auditor beside it."""

    def __init__(self) -> None:
        self.engine, self.auditor, self.orders = MatchingEngine(BTC), Auditor(BTC), 0

    def play(self, *candles: Candle) -> list[EngineEvent]:
        told: list[EngineEvent] = []
        for candle in candles:
            last = self.engine.last_price
            after = None if last is None else last * BTC.tick
            for event in events(candle, last_id=self.engine.last_id, after=after):
                made = self.engine.apply(event)
                self.auditor.saw(event, made)
                told += made
        return told

    def place(
        self,
        when: float,
        order_id: str,
        side: Side,
        kind: str,
        quantity: object = 1,
        **more: object,
    ) -> None:
        """`quantity` in base units, prices in quote units, `when` in bars."""
        self.orders += 1
        ticks = {
            name: int(Decimal(str(more.pop(name))) / BTC.tick)
            for name in ("limit", "stop")
            if name in more
        }
        made = PaperTicket(
            order_id=order_id, account_id=order_id, sequence=self.orders, side=side,
            type=kind,  # type: ignore[arg-type]  # tests name types
            effective_ms=to_ms(at(when)), quantity=int(Decimal(str(quantity)) / BTC.step), **ticks,
            **more,  # type: ignore[arg-type]  # as the ticket has it
        )  # fmt: skip
        self.engine.submit(made)
        self.auditor.placed(made)


def test_a_market_order_takes_the_next_point_after_its_latency() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1.1, "a", "buy", "market")
    assert there.engine.advance(to_ms(at(1.2))) == []
    told = there.play(bar(1, "105 120 100 110"))  # points 105, 100, 120, 110
    assert {role for *_, role in fills(told)} == {"taker"}
    assert all(100 < price * BTC.tick < 101 for _, _, price, _ in fills(told))
    assert ends(told) == [("a", "filled")]


def test_a_market_order_beyond_a_quarter_of_a_bars_share_expires_with_the_rest() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1, "a", "buy", "market", 30)
    told = there.play(bar(1, "105 120 100 110", 1000))
    assert sum(quantity for _, quantity, _, _ in fills(told)) * BTC.step == 25
    assert ends(told) == [("a", "no_liquidity")]


def test_a_limit_order_inside_the_range_of_the_bar_fills_as_maker() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1.001, "a", "buy", "limit", 2, limit="101.5")
    told = there.play(bar(1, "105 120 100 110"))
    assert fills(told) == [("a", 200_000, 10_150, "maker")]


def test_a_limit_order_that_a_gap_jumps_over_fills_at_the_open() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1, "a", "buy", "limit", 2, limit="101")
    told = there.play(bar(1, "98 120 97.5 110"))
    assert fills(told) == [("a", 200_000, 10_100, "maker")]


def test_a_touch_does_not_fill() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1, "a", "buy", "limit", 2, limit="100")
    assert there.play(bar(1, "105 120 100 110")) == []


def test_makers_together_fill_no_more_than_their_share_of_a_trade() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1, "a", "buy", "limit", 20, limit="101")
    there.place(1, "b", "buy", "limit", 20, limit="101")
    told = there.play(bar(1, "105 120 100 110", 1000))
    assert sum(quantity for _, quantity, _, _ in fills(told)) * BTC.step == 25


def test_a_stop_takes_the_book_of_the_point_that_reached_it() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    there.place(1, "a", "sell", "stop_loss", 1, stop="102")
    told = there.play(bar(1, "105 120 100 110"))
    assert {role for *_, role in fills(told)} == {"taker"}
    assert all(99 < price * BTC.tick < 100 for _, _, price, _ in fills(told))
    assert ends(told) == [("a", "filled")]


def test_what_one_took_of_a_point_is_gone_and_the_next_point_is_fresh() -> None:
    there = BarMarket()
    there.play(bar(0, "100 110 95 105"))
    for name, when in (("a", 1.1), ("b", 1.1), ("c", 1.5)):
        there.place(when, name, "buy", "market", 20)
    told = there.play(bar(1, "105 120 100 110", 1000))
    sums = {
        name: sum(q for who, q, _, _ in fills(told) if who == name) * BTC.step for name in "abc"
    }
    assert sums == {"a": 20, "b": 5, "c": 20}


def test_the_best_prices_are_never_the_traded_price_itself() -> None:
    made = bar_events(
        bar(0, "100 100 100 100"), BTC, interval_s=INTERVAL_S, last_id=0, half_spread_bps=0, impact_y=Y,
        participation_bps=1000,
    )  # fmt: skip
    assert [(book.bids[0][0], book.asks[0][0]) for book in books(made)] == [(9_999, 10_001)] * 4


def test_each_point_is_fresh_even_where_the_price_stands_still() -> None:
    there = BarMarket()
    there.play(bar(0, "100 100 100 100"))
    for name, when in (("a", 1.1), ("b", 1.5)):
        there.place(when, name, "buy", "market", 20)
    told = there.play(bar(1, "100 100 100 100", 1000))
    assert ends(told) == [("a", "filled"), ("b", "filled")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(candles(), min_size=1, max_size=3), st.data())
def test_no_fill_on_bars_is_impossible(bars: list[Candle], data: st.DataObject) -> None:
    there = BarMarket()
    made = [
        Candle(b.symbol, at(n), b.open, b.high, b.low, b.close, b.volume)
        for n, b in enumerate(bars)
    ]
    for number in range(data.draw(st.integers(1, 6))):
        kind = data.draw(
            st.sampled_from(["market", "limit", "stop_loss", "take_profit", "limit_maker"])
        )
        more = (
            {"limit" if kind.startswith("limit") else "stop": data.draw(prices)}
            if kind != "market"
            else {}
        )
        quantity = Decimal(data.draw(st.integers(1, 10**6))) / 1000
        there.place(
            data.draw(st.sampled_from([0, 0.2, 0.5, 1.7])), f"o{number}",
            data.draw(st.sampled_from(["buy", "sell"])), kind, quantity, **more,
        )  # fmt: skip
    there.play(*made)
