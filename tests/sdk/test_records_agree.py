"""A whole record, played by the arena's code and by the SDK's: the same fills, marks and digest."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.kit.clock import from_ms, to_ms
from arena.signals.feeds import Lineage, Signal, Terms
from arena.signals.following import digest as arena_digest
from arena.signals.following import replay as theirs
from arena.trading.market import Candle
from arena.trading.performance import Mark, metrics
from arena.trading.portfolio import Account
from arena.trading.venues import Fill, Rules
from sigma_sdk.verify import terms
from sigma_sdk.verify.fills import Taken, Venue
from sigma_sdk.verify.metrics import figures
from sigma_sdk.verify.replay import Played, Script, play
from tests.sdk.test_fills_agree import INTERVAL_S, OPEN_MS, OURS, THEIRS, own_rules

INTERVAL_MS = INTERVAL_S * 1000
BARS = 40
LINEAGE = Lineage(*("0" * 64,) * 4)


@st.composite
def candles(draw: st.DrawFn) -> list[Candle]:
    """A walk of bars with gaps and empty ones; small volumes, so that orders stay partly unfilled."""
    price, made = 10_000, []
    for number in range(BARS):
        if draw(st.integers(0, 9)) == 0:
            continue
        moves = [price + draw(st.integers(-150, 150)) for _ in range(3)]
        points = [price, *moves]
        cents = [Decimal(p) / 100 for p in points]
        volume = draw(st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(40), Decimal(5000)]))
        open_at = from_ms(OPEN_MS + number * INTERVAL_MS)
        made.append(Candle("BTC-USD", open_at, cents[0], max(cents), min(cents), cents[-1], volume))
        price = max(5_000, points[-1])
    return made


@st.composite
def signals(draw: st.DrawFn) -> list[Signal]:
    made: list[Signal] = []
    at_ms = OPEN_MS
    for sequence in range(1, draw(st.integers(1, 12)) + 1):
        on_close = draw(st.booleans())
        at_ms += draw(st.integers(0, 6)) * INTERVAL_MS + (
            0 if on_close else draw(st.integers(0, 899_000))
        )
        if on_close:
            at_ms = -(-at_ms // INTERVAL_MS) * INTERVAL_MS
        prices = st.one_of(st.none(), st.integers(9_000, 11_000).map(lambda c: Decimal(c) / 100))
        valid_ms = at_ms + draw(st.sampled_from([-1, 0, 3_600_000, 20_000_000]))
        weight = draw(st.sampled_from(["0", "0.2", "0.5", "0.503", "1"]))
        made.append(
            Signal(
                terms=Terms(
                    id=f"sig_{sequence}", feed_id="fd_1", sequence=sequence, issued_at=from_ms(at_ms),
                    valid_until=from_ms(valid_ms), instrument="BTC-USD", action="hold",
                    target_weight=Decimal(weight), limit_price=draw(prices), stop_price=draw(prices),
                    take_profit_price=draw(prices), confidence=Decimal(1), rationale="",
                    lineage=LINEAGE, previous_hash="", key_id="key_1",
                ),
                body={}, signature=b"", hash="", salt=b"", log_index=sequence,
                received_at=from_ms(at_ms),
            )
        )  # fmt: skip
    return made


def by_the_sdk(
    bars: list[Candle], said: list[Signal], rules: Rules, account: Account, steps: list[int]
) -> Played:
    return play(
        Script(
            venue=Venue(OURS, own_rules(rules), INTERVAL_MS),
            opening_cash=account.opening_cash,
            opened_ms=to_ms(account.opened_at),
            bars=[
                terms.Bar(to_ms(b.open_at), b.open, b.high, b.low, b.close, b.volume) for b in bars
            ],
            asks=[
                terms.Ask(
                    s.sequence, to_ms(s.received_at), to_ms(s.terms.valid_until), s.terms.target_weight,
                    s.terms.limit_price, s.terms.stop_price, s.terms.take_profit_price,
                )
                for s in said
            ],
            mark_times=steps,
            refused=[3],
        )
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(candles(), signals(), st.sampled_from([0, 250, 1000]), st.sampled_from([1000, 5]))
def test_both_play_the_same_record(
    bars: list[Candle], said: list[Signal], latency_ms: int, participation_bps: int
) -> None:
    rules = Rules(latency_ms=latency_ms, participation_bps=participation_bps)
    opened_at = from_ms(OPEN_MS + 2 * INTERVAL_MS)
    account = Account("acc_1", "reference", "fd_1", "USD", Decimal(10_000), opened_at)
    said = [s for s in said if s.received_at >= opened_at]
    steps = [OPEN_MS + (number + 1) * INTERVAL_MS for number in range(BARS)]
    steps = [at for at in steps if at > to_ms(opened_at)]
    interval = timedelta(seconds=INTERVAL_S)
    early = [bar for bar in bars if bar.open_at + interval <= opened_at]
    fills, marks = theirs.play(
        theirs.Script(
            account=account, instrument=THEIRS, rules=rules, interval_s=INTERVAL_S,
            closed_before=early[-1].close if early else None, bars=bars[len(early) :],
            steps=[from_ms(at) for at in steps], signals=said, refused=frozenset({"sig_3"}),
        )
    )  # fmt: skip
    own = by_the_sdk(bars, said, rules, account, steps)
    fills.sort(key=lambda fill: (fill.at, fill.number))
    assert [fill.row() for fill in own.fills] == [
        [to_ms(f.at), f.side, *map(_plain, (f.quantity, f.price, f.fee)), f.fee_asset, f.liquidity]
        for f in fills
    ]
    assert own.record_sha == arena_digest(fills, marks)
    _same_figures(own, account, marks, fills)


def test_what_others_took_of_a_bar_is_taken_from_the_record() -> None:
    bar = terms.Bar(OPEN_MS, Decimal(100), Decimal(101), Decimal(99), Decimal(100), Decimal(10))
    next_bar = terms.Bar(
        OPEN_MS + INTERVAL_MS, *(bar.open, bar.high, bar.low, bar.close, bar.volume)
    )
    third = terms.Bar(
        OPEN_MS + 2 * INTERVAL_MS, *(bar.open, bar.high, bar.low, bar.close, bar.volume)
    )
    ask = terms.Ask(1, OPEN_MS + INTERVAL_MS, OPEN_MS * 2, Decimal("0.005"))
    taken = {next_bar.open_ms: Taken((), True), third.open_ms: Taken((Decimal("0.7"),), False)}
    venue = Venue(OURS, own_rules(Rules()), INTERVAL_MS)
    script = Script(venue, Decimal(10_000), OPEN_MS, [bar, next_bar, third], [ask], taken)
    [fill] = play(script).fills
    assert (fill.at_ms, fill.quantity) == (third.open_ms, Decimal("0.3"))


def _same_figures(own: Played, account: Account, marks: list[Mark], fills: list[Fill]) -> None:
    if not marks:
        return
    expected = metrics(marks, fills, account=account)
    for name, value in figures(account.opening_cash, own.fills, own.marks).items():
        stated = getattr(expected, name)
        assert (value is None) == (stated is None), name
        if value is not None:
            assert abs(value - float(stated)) < 1e-9, name


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
