"""What holds of the bar model for any bar and any tickets."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from arena.trading.market import Candle
from arena.trading.venues import Rules, Ticket, match_bar
from tests.trading.tape import BTC, INTERVAL_S, at

cents = st.integers(9_000, 11_000).map(lambda c: Decimal(c) / 100)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    low, one, two, high = sorted(draw(cents) for _ in range(4))
    o, c = draw(st.sampled_from([(one, two), (two, one)]))
    return Candle(BTC.symbol, at(0), o, high, low, c, Decimal(draw(st.integers(0, 10**6))) / 1000)


@st.composite
def ticket_lists(draw: st.DrawFn) -> list[Ticket]:
    return [
        Ticket(
            order_id=f"ord_{n}",
            account_id=draw(st.sampled_from(["acc_1", "acc_2"])),
            symbol=BTC.symbol,
            side=draw(st.sampled_from(["buy", "sell"])),
            type=(kind := draw(st.sampled_from(["market", "limit", "stop_loss", "take_profit"]))),
            remaining=BTC.step * draw(st.integers(1, 10**7)),
            effective_at=at(0, draw(st.integers(-1000, 901_000))),
            limit_price=draw(cents) if kind == "limit" else None,
            stop_price=draw(cents) if kind in ("stop_loss", "take_profit") else None,
            group_id=draw(st.sampled_from([None, None, "g"])),
            budget=draw(st.one_of(st.none(), cents)),
            expires_at=draw(st.sampled_from([None, at(0, 450_000), at(1)])),
            sequence=n,
        )
        for n in range(draw(st.integers(0, 6)))
    ]


@given(candles(), ticket_lists())
def test_fills_never_exceed_what_the_bar_offers(bar: Candle, tickets: list[Ticket]) -> None:
    done = match_bar(bar, BTC, tickets, Rules(), INTERVAL_S)
    assert sum(f.quantity for f in done.fills) <= bar.volume / 10


@given(candles(), ticket_lists())
def test_tickets_are_neither_lost_nor_overfilled_nor_overspent(
    bar: Candle, tickets: list[Ticket]
) -> None:
    done = match_bar(bar, BTC, tickets, Rules(), INTERVAL_S)
    after = [*done.open, *(ticket for ticket, _ in done.closed)]
    assert sorted(t.order_id for t in after) == [t.order_id for t in tickets]
    left = {t.order_id: t for t in after}
    for before in tickets:
        mine = [f for f in done.fills if f.order_id == before.order_id]
        assert sum(f.quantity for f in mine) == before.remaining - left[before.order_id].remaining
        assert left[before.order_id].remaining >= 0
        if before.side == "buy" and before.budget is not None:
            assert sum(f.quantity * f.price for f in mine) <= before.budget
        assert len(mine) <= 1


@given(candles(), ticket_lists())
def test_fills_lie_in_the_bar_and_no_order_gets_a_better_price_than_the_path(
    bar: Candle, tickets: list[Ticket]
) -> None:
    by_id = {t.order_id: t for t in tickets}
    for fill in match_bar(bar, BTC, tickets, Rules(), INTERVAL_S).fills:
        asked, path_price = by_id[fill.order_id], Decimal(fill.evidence["path_price"])
        assert max(at(0), asked.effective_at) <= fill.at <= at(1)
        assert bar.low <= path_price <= bar.high
        assert fill.price % BTC.tick == 0
        assert fill.quantity % BTC.step == 0
        if asked.expires_at is not None:
            assert fill.at < asked.expires_at
        if asked.limit_price is not None:
            assert (
                fill.price <= asked.limit_price
                if fill.side == "buy"
                else fill.price >= asked.limit_price
            )
        if fill.liquidity == "taker":
            better = fill.price < path_price if fill.side == "buy" else fill.price > path_price
            assert not better


@given(candles(), ticket_lists(), st.randoms(use_true_random=False))
def test_the_order_tickets_are_handed_over_in_does_not_matter(
    bar: Candle, tickets: list[Ticket], chance: object
) -> None:
    mixed: Sequence[Ticket] = list(tickets)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
    one = match_bar(bar, BTC, tickets, Rules(), INTERVAL_S)
    two = match_bar(bar, BTC, mixed, Rules(), INTERVAL_S)
    assert one.fills == two.fills
    assert {t.order_id: t for t in one.open} == {t.order_id: t for t in two.open}


@given(candles(), ticket_lists())
def test_recomputing_one_account_from_the_evidence_gives_the_same_fills(
    bar: Candle, tickets: list[Ticket]
) -> None:
    # A group lives in one account.
    tickets = [t if t.account_id == "acc_1" else replace(t, group_id=None) for t in tickets]
    done = match_bar(bar, BTC, tickets, Rules(), INTERVAL_S)
    stated = {f.order_id: Decimal(f.evidence["consumed_before"]) for f in done.fills}
    after = [*done.open, *(ticket for ticket, _ in done.closed)]
    stated |= {t.order_id: bar.volume for t in after if t.starved_at}
    mine = [t for t in tickets if t.account_id == "acc_1"]
    again = match_bar(bar, BTC, mine, Rules(), INTERVAL_S, consumed=stated)
    assert again.fills == tuple(f for f in done.fills if f.account_id == "acc_1")
