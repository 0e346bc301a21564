"""Plays a record again: signals, bars and rules in, fills and marks out (record.md, sections 1 to 8). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from arena.kit.clock import to_ms
from arena.signals.feeds import Signal
from arena.signals.following.follower import Follower
from arena.trading.market import ARITHMETIC, Candle, Instrument
from arena.trading.performance import Mark
from arena.trading.portfolio import Account
from arena.trading.venues import Fill, Rules


@dataclass(frozen=True, slots=True)
class Script:
    """Everything a record follows from.

    `bars` are the instrument's that close after the account opened, `closed_before` the last close by then;
    `steps` are the closes of all steps of the tape, at which every account is marked. `consumed` says, by
    open of the bar in ms and order id, what other accounts took of a bar before an order of ours;
    `refused` are the signals whose orders the operator's limits refused.
    """

    account: Account
    instrument: Instrument
    rules: Rules
    interval_s: int
    closed_before: Decimal | None
    bars: Sequence[Candle]
    steps: Sequence[datetime]
    signals: Sequence[Signal]
    consumed: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def play(script: Script) -> tuple[list[Fill], list[Mark]]:
    """The fills and marks that follow, oldest first."""
    account, interval = script.account, timedelta(seconds=script.interval_s)
    with localcontext(ARITHMETIC):
        follower = Follower(
            account.id, account.opening_cash, instrument=script.instrument, rules=script.rules,
            interval_s=script.interval_s, close=script.closed_before,
        )  # fmt: skip
        bars = {bar.open_at + interval: bar for bar in script.bars}
        waiting = list(reversed(script.signals))
        marks = []
        for close_at in script.steps:
            while waiting and waiting[-1].received_at < close_at:
                signal = waiting.pop()
                follower.follow(
                    signal.terms, signal.received_at, refused=signal.id in script.refused
                )
            if close_at in bars:
                bar = bars[close_at]
                follower.meet(bar, close_at, script.consumed.get(to_ms(bar.open_at)))
            marks.append(follower.mark(close_at))
        return follower.fills, marks
