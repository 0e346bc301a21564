"""No order gets stuck: on books and on bars, every type on either side trades, or expires when it should."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from arena.kit.clock import to_ms
from arena.trading.market import Candle, DepthSnapshot, DepthUpdate, MarketEvent, Print, Side
from arena.trading.venues import Ended, Filled, MatchingEngine, PaperTicket, bar_events
from tests.conftest import START
from tests.trading.tape import BTC

MIDDLE, NEAR, STEPS = 1_000_000, 300, 400
MINUTES = 60


def book_tape() -> Iterator[MarketEvent]:
    """A market that wanders: every 100 ms a difference and trades at the best prices, 40 seconds of it."""
    chance, middle, book_id = Random(4), MIDDLE, 1
    old: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for n in range(STEPS):
        at = START + timedelta(milliseconds=100 * n)
        middle += chance.choice((-40, -15, -5, 5, 15, 40)) + (MIDDLE - middle) // 40
        new = (
            {middle - 1 - 2 * i: 20_000 + chance.randrange(40_000) for i in range(10)},
            {middle + 1 + 2 * i: 20_000 + chance.randrange(40_000) for i in range(10)},
        )
        bids, asks = (
            tuple({**dict.fromkeys(before, 0), **after}.items())
            for before, after in zip(old, new, strict=True)
        )
        if n == 0:
            yield DepthSnapshot(BTC.symbol, at, book_id, bids, asks)
        else:
            yield DepthUpdate(BTC.symbol, at, book_id, book_id, bids, asks)
        book_id, old = book_id + 1, new
        side: Side = chance.choice(("buy", "sell"))
        price = middle + 1 if side == "buy" else middle - 1
        later = at + timedelta(milliseconds=40)
        yield Print(BTC.symbol, n, later, price * BTC.tick, Decimal("0.9"), side, "exchange")


def bar_tape() -> Iterator[MarketEvent]:
    """An hour of one-minute bars around the same price."""
    chance, close, last_id = Random(4), MIDDLE, 0
    for n in range(MINUTES):
        opened, close = close, MIDDLE + chance.randrange(-500, 501)
        low, high = (
            min(opened, close) - chance.randrange(300),
            max(opened, close) + chance.randrange(300),
        )
        o, h, lo, c = (ticks * BTC.tick for ticks in (opened, high, low, close))
        candle = Candle(BTC.symbol, START + timedelta(minutes=n), o, h, lo, c, Decimal(50))
        made = bar_events(
            candle, BTC, interval_s=60, last_id=last_id, half_spread_bps=1, impact_y=Decimal("0.8"),
            participation_bps=1000, after=opened * BTC.tick,
        )  # fmt: skip
        last_id += len(made) // 2
        yield from made


TAPES = {"book": list(book_tape()), "bars": list(bar_tape())}


def order(kind: str, side: Side) -> PaperTicket:
    """An order of that type which a market that wanders must reach."""
    sign = 1 if side == "buy" else -1
    made = PaperTicket(
        order_id="a", account_id="a", sequence=1, side=side, type="market", quantity=10_000,
        effective_ms=to_ms(START) + 250,
    )  # fmt: skip
    behind, beyond = MIDDLE - sign * NEAR // 4, MIDDLE + sign * NEAR // 4
    match kind:
        case "limit":
            return replace(made, type="limit", limit=behind)
        case "limit_ioc" | "limit_fok":
            in_force = "ioc" if kind.endswith("ioc") else "fok"
            return replace(made, type="limit", limit=beyond + sign * NEAR, time_in_force=in_force)  # type: ignore[arg-type]  # one of two literals
        case "limit_maker":
            return replace(made, type="limit_maker", limit=MIDDLE - sign * NEAR // 3)
        case "market_by_quote":
            return replace(made, quantity=None, quote_budget=Decimal(2_000))
        case "stop_loss":
            return replace(made, type="stop_loss", stop=beyond)
        case "stop_loss_limit":
            return replace(made, type="stop_loss_limit", stop=beyond, limit=beyond + sign * 20)
        case "take_profit":
            return replace(made, type="take_profit", stop=behind)
        case "take_profit_limit":
            return replace(made, type="take_profit_limit", stop=behind, limit=behind - sign * 20)
        case "trailing_stop":
            return replace(made, type="stop_loss", trailing_bps=1)
        case "trailing_from_stop":
            return replace(made, type="take_profit", stop=behind, trailing_bps=1)
        case _:
            return made


KINDS = ["market", "market_by_quote", "limit", "limit_ioc", "limit_fok", "limit_maker", "stop_loss", "stop_loss_limit",
         "take_profit", "take_profit_limit", "trailing_stop", "trailing_from_stop"]  # fmt: skip


@pytest.mark.parametrize("tape", TAPES)
@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_order_of_every_type_is_filled_in_the_end(kind: str, side: Side, tape: str) -> None:
    engine = MatchingEngine(BTC)
    engine.submit(order(kind, side))
    told = [one for event in TAPES[tape] for one in engine.apply(event)]
    assert [one.reason for one in told if isinstance(one, Ended)] == ["filled"]
    bought = sum(one.quantity for one in told if isinstance(one, Filled))
    assert bought == 10_000 if kind != "market_by_quote" else 19_000 < bought < 21_000


@pytest.mark.parametrize("tape", TAPES)
@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(
    "kind",
    ["limit", "limit_maker", "stop_loss", "stop_loss_limit", "take_profit", "take_profit_limit"],
)
def test_an_order_the_market_never_reaches_expires(kind: str, side: Side, tape: str) -> None:
    engine = MatchingEngine(BTC)
    sign = 1 if side == "buy" else -1
    far = MIDDLE // 2 * sign
    out = -far if kind in ("limit", "limit_maker") or kind.startswith("take") else far
    expires_ms = to_ms(TAPES[tape][-1].at)
    engine.submit(
        replace(order(kind, side), limit=MIDDLE + out, stop=MIDDLE + out, expires_ms=expires_ms)
    )
    told = [one for event in TAPES[tape] for one in engine.apply(event)]
    assert [(one.reason, one.at_ms) for one in told if isinstance(one, Ended)] == [
        ("expired", expires_ms)
    ]
    assert engine.tickets() == []


@pytest.mark.parametrize("tape", TAPES)
def test_of_a_group_one_is_filled_and_the_other_ends(tape: str) -> None:
    engine = MatchingEngine(BTC)
    engine.submit(replace(order("limit_maker", "sell"), group_id="g"))
    engine.submit(replace(order("stop_loss", "sell"), order_id="b", sequence=2, group_id="g"))
    told = [one for event in TAPES[tape] for one in engine.apply(event)]
    assert sorted(one.reason for one in told if isinstance(one, Ended)) == ["filled", "group"]
    assert engine.tickets() == []
