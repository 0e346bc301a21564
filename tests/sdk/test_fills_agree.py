"""The arena's bar model and the SDK's own, written apart from the same rules, must agree to the digit."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.kit.clock import from_ms, to_ms
from arena.trading.market import Candle, Instrument, Side
from arena.trading.venues import Rules, Ticket, TicketType, match_bar
from sigma_sdk.verify import fills as own
from sigma_sdk.verify import terms

OPEN_MS = 1_632_751_200_000
INTERVAL_S = 900
THEIRS = Instrument("BTC-USD", "BTC", "USD", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
OURS = terms.Instrument("BTC-USD", "BTC", "USD", Decimal("0.01"), Decimal("0.00001"), Decimal(5))

KINDS: tuple[TicketType, ...] = ("market", "limit", "stop_loss", "take_profit")
SIDES: tuple[Side, ...] = ("buy", "sell")
cents = st.integers(9_000, 11_000).map(lambda c: Decimal(c) / 100)
wide_cents = st.integers(8_900, 11_100).map(lambda c: Decimal(c) / 100)
steps = st.integers(1, 400_000).map(lambda n: n * Decimal("0.00001"))


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    low, first, second, high = sorted(draw(cents) for _ in range(4))
    if draw(st.booleans()):
        first, second = second, first
    volume = draw(
        st.one_of(st.just(Decimal(0)), st.integers(1, 10**9).map(lambda n: Decimal(n) / 10**7))
    )
    return Candle("BTC-USD", from_ms(OPEN_MS), first, high, low, second, volume)


@st.composite
def tickets(draw: st.DrawFn, sequence: int) -> Ticket:
    kind = draw(st.sampled_from(KINDS))
    side = draw(st.sampled_from(SIDES))
    effective = OPEN_MS + draw(st.one_of(st.integers(-2_000, 910_000), st.just(0)))
    expires = draw(st.one_of(st.none(), st.integers(OPEN_MS - 1, OPEN_MS + 1_000_000)))
    budget = draw(st.one_of(st.none(), st.integers(1, 10**7).map(lambda c: Decimal(c) / 100)))
    return Ticket(
        order_id=f"ord_{sequence}",
        account_id="acc_1",
        symbol="BTC-USD",
        side=side,
        type=kind,
        remaining=draw(steps),
        effective_at=from_ms(effective),
        limit_price=draw(wide_cents) if kind == "limit" else None,
        stop_price=draw(wide_cents) if kind in ("stop_loss", "take_profit") else None,
        group_id=draw(st.sampled_from([None, None, "g1", "g2"])),
        budget=budget if side == "buy" else None,
        expires_at=None if expires is None else from_ms(expires),
        sequence=sequence,
        seen_at=draw(st.sampled_from([None, from_ms(OPEN_MS) - timedelta(hours=1)])),
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Candle], list[Ticket], Rules]:
    rules = Rules(
        fee_maker_bps=draw(st.integers(0, 30)),
        fee_taker_bps=draw(st.integers(0, 30)),
        half_spread_bps=draw(st.integers(0, 30)),
        latency_ms=draw(st.sampled_from([0, 250, 1_000])),
        impact_y=draw(st.sampled_from([Decimal("0.8"), Decimal(0), Decimal("1.5")])),
        participation_bps=draw(st.sampled_from([1000, 10_000, 1])),
    )
    bars = [draw(candles()) for _ in range(draw(st.integers(1, 3)))]
    spaced = [
        Candle(
            b.symbol,
            b.open_at + timedelta(seconds=INTERVAL_S * i),
            b.open,
            b.high,
            b.low,
            b.close,
            b.volume,
        )
        for i, b in enumerate(bars)
    ]
    count = draw(st.integers(1, 5))
    return spaced, [draw(tickets(n)) for n in range(count)], rules


def ours(ticket: Ticket, rules: Rules) -> terms.Resting:
    return terms.Resting(
        arrival=ticket.sequence, side=ticket.side, type=ticket.type, remaining=ticket.remaining,
        accepted_ms=to_ms(ticket.effective_at) - rules.latency_ms, limit_price=ticket.limit_price,
        stop_price=ticket.stop_price, budget=ticket.budget,
        expires_ms=None if ticket.expires_at is None else to_ms(ticket.expires_at),
        group=ticket.group_id, met=ticket.seen_at is not None,
    )  # fmt: skip


def own_rules(rules: Rules) -> terms.Rules:
    return terms.Rules(
        rules.fee_maker_bps, rules.fee_taker_bps, rules.half_spread_bps, rules.latency_ms,
        rules.impact_y, rules.participation_bps, rules.reserve_bps, rules.rebalance_bps,
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(cases())
def test_both_bar_models_give_the_same_fills_prices_fees_and_ends(
    case: tuple[list[Candle], list[Ticket], Rules],
) -> None:
    bars, theirs_open, rules = case
    venue = own.Venue(OURS, own_rules(rules), INTERVAL_S * 1000)
    ours_open = [ours(ticket, rules) for ticket in theirs_open]
    for bar in bars:
        expected = match_bar(bar, THEIRS, theirs_open, rules, INTERVAL_S)
        own_bar = terms.Bar(to_ms(bar.open_at), bar.open, bar.high, bar.low, bar.close, bar.volume)
        got = own.match_bar(own_bar, ours_open, venue)

        assert [
            (f"ord_{order.arrival}", fill.at_ms, fill.side, fill.quantity, fill.price, fill.fee,
             fill.fee_asset, fill.liquidity)
            for order, fill in got.fills
        ] == [
            (f.order_id, to_ms(f.at), f.side, f.quantity, f.price, f.fee, f.fee_asset, f.liquidity)
            for f in expected.fills
        ]  # fmt: skip
        assert {(f"ord_{o.arrival}", why) for o, why in got.over} == {
            (ticket.order_id, why) for ticket, why in expected.closed
        }
        theirs_open = list(expected.open)
        over = {id(order) for order, _ in got.over}
        ours_open = [order for order in ours_open if id(order) not in over]
        assert {(f"ord_{o.arrival}", o.remaining, o.budget, o.type) for o in ours_open} == {
            (t.order_id, t.remaining, t.budget, t.type) for t in theirs_open
        }
        starved = {f"ord_{order.arrival}" for order in got.starved}
        assert starved == {t.order_id for t in theirs_open if bar.open_at in t.starved_at} | {
            t.order_id for t, _ in expected.closed if bar.open_at in t.starved_at
        }
