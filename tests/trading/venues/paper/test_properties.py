"""What holds for any orders in any market: fills never exceed what was displayed and traded, and all the rest."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.trading.market import DepthSnapshot, DepthUpdate, MarketEvent, Print, Side
from arena.trading.venues import Ended, MatchingEngine, PaperTicket
from tests.trading.venues.paper.auditor import Auditor
from tests.trading.venues.paper.by_hand import COIN, at

KINDS = ["market", "limit", "limit", "limit", "limit_maker", "stop_loss", "stop_loss_limit", "take_profit",
         "take_profit_limit"]  # fmt: skip
Act = MarketEvent | PaperTicket | str | int
"""News, an order, the id of an order to cancel, a time to go on to."""

sizes = st.integers(0, 9)
bid_prices, ask_prices = st.integers(94, 101), st.integers(99, 106)
sides: st.SearchStrategy[Side] = st.sampled_from(["buy", "sell"])


@st.composite
def news(draw: st.DrawFn, ms: int, number: int) -> MarketEvent:
    kind = draw(st.sampled_from(["update", "update", "trade", "trade", "snapshot"]))
    if kind == "trade":
        late = draw(st.sampled_from([0, 0, 0, 5, 40]))
        price, quantity = draw(st.integers(94, 106)), draw(st.integers(1, 12))
        return Print(
            COIN.symbol, number, at(ms - late), Decimal(price), Decimal(quantity), draw(sides), "exchange"
        )  # fmt: skip
    bids = tuple(draw(st.dictionaries(bid_prices, sizes, max_size=4)).items())
    asks = tuple(draw(st.dictionaries(ask_prices, sizes, max_size=4)).items())
    if kind == "snapshot":
        return DepthSnapshot(COIN.symbol, at(ms), number, bids, asks)
    return DepthUpdate(COIN.symbol, at(ms), number, number, bids, asks)


@st.composite
def tickets(draw: st.DrawFn, ms: int, number: int) -> PaperTicket:
    kind: Any = draw(st.sampled_from(KINDS))
    limited, stopped = (
        kind.startswith("limit") or kind.endswith("limit"),
        "_loss" in kind or "_profit" in kind,
    )
    by_quote = kind == "market" and draw(st.booleans())
    trails = stopped and draw(st.booleans())
    return PaperTicket(
        order_id=f"ord_{number}",
        account_id=draw(st.sampled_from(["one", "two"])),
        sequence=number,
        side=draw(sides),
        type=kind,
        effective_ms=ms + draw(st.sampled_from([0, 0, 3, 30])),
        quantity=None if by_quote else draw(st.integers(1, 12)),
        quote_budget=Decimal(draw(st.integers(50, 900))) if by_quote or draw(st.booleans()) else None,
        limit=draw(st.integers(95, 105)) if limited else None,
        stop=draw(st.integers(95, 105)) if stopped and not (trails and draw(st.booleans())) else None,
        trailing_bps=draw(st.sampled_from([50, 200])) if trails else None,
        time_in_force=draw(st.sampled_from(["gtc", "gtc", "ioc", "fok"])) if kind == "limit" else "gtc",
        self_match=draw(st.sampled_from(["none", "expire_taker", "expire_maker", "expire_both"])),
        expires_ms=draw(st.sampled_from([None, None, ms + 50])),
    )  # fmt: skip


@st.composite
def flows(draw: st.DrawFn) -> list[Act]:
    book = (
        tuple((p, draw(sizes) + 1) for p in (99, 98, 97)),
        tuple((p, draw(sizes) + 1) for p in (101, 102)),
    )
    made: list[Act] = [DepthSnapshot(COIN.symbol, at(1_000), 1, *book)]
    ms, number = 1_000, 1
    for what in draw(st.lists(st.sampled_from("nnnnooogca"), min_size=5, max_size=40)):
        ms += draw(st.sampled_from([0, 1, 10, 10, 400]))
        number += 1
        if what == "n":
            made.append(draw(news(ms, number)))
        elif what == "o":
            made.append(draw(tickets(ms, number)))
        elif what == "g":
            for one in (draw(tickets(ms, number)), draw(tickets(ms, number + 1))):
                made.append(replace(one, group_id=f"group_{number}"))
            number += 1
        elif what == "c":
            made.append(f"ord_{draw(st.integers(2, number))}")
        else:
            made.append(ms)
    return made


def play(flow: Sequence[Act]) -> tuple[MatchingEngine, Auditor, list[str]]:
    """What came of it, audited step by step, and all of it in words."""
    engine, auditor, told = MatchingEngine(COIN), Auditor(COIN), []
    for act in flow:
        if isinstance(act, PaperTicket):
            engine.submit(act)
            auditor.placed(act)
            continue
        if isinstance(act, str):
            ended = engine.cancel(act)
            events = [ended] if ended else []
        elif isinstance(act, int):
            events = list(engine.advance(act))
        else:
            # Time first, so that the auditor sees the book each of the two steps had before it.
            before = engine.advance(int(act.at.timestamp() * 1000 + 0.5))
            auditor.saw(None, before)
            told += [repr(one) for one in before]
            events = list(engine.apply(act))
        auditor.saw(None if isinstance(act, str | int) else act, events)
        told += [repr(one) for one in events]
    return engine, auditor, told


def _hold(flow: list[Act]) -> None:
    engine, auditor, _ = play(flow)
    ended = {order_id for order_id, known in auditor.orders.items() if known.ended}
    assert {t.order_id for t in engine.tickets()} == set(auditor.orders) - ended
    for ticket in engine.tickets():
        assert ticket.filled == auditor.orders[ticket.order_id].filled


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_no_fill_is_impossible_and_no_order_is_lost(flow: list[Act]) -> None:
    _hold(flow)


@pytest.mark.venues
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_no_fill_is_impossible_in_many_more_markets(flow: list[Act]) -> None:
    _hold(flow)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_the_same_again_gives_the_same_bytes(flow: list[Act]) -> None:
    assert "\n".join(play(flow)[2]).encode() == "\n".join(play(flow)[2]).encode()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_who_asks_in_between_changes_nothing(flow: list[Act]) -> None:
    """Reading an engine, and letting time go on step by step, has no influence on what happens."""
    quiet = play(flow)[2]
    engine, told = MatchingEngine(COIN), []
    for act in flow:
        engine.tickets()
        engine.estimate("buy", 5)
        engine.would_take("sell", 100)
        if isinstance(act, PaperTicket):
            engine.submit(act)
        elif isinstance(act, str):
            ended = engine.cancel(act)
            told += [repr(ended)] if isinstance(ended, Ended) else []
        elif isinstance(act, int):
            told += [repr(one) for one in engine.advance(act)]
        else:
            told += [repr(one) for one in engine.apply(act)]
    assert told == quiet
