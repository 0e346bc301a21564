"""`arena lab run`: the model of a card at work: it decides at each bar's close and publishes signed signals."""

import asyncio
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from arena.cli.lab_card import model_named
from arena.cli.lab_feed import (
    Card,
    Feed,
    Instrument,
    feed_for,
    instruments,
    keep,
    read_card,
    signer,
)
from arena.cli.lab_line import Arena, Json, Key, Line, Refusal, open_line
from arena.cli.trouble import Trouble
from arena.kit.clock import from_iso, from_ms, iso_ms, to_ms
from arena.kit.signing import to_base64
from arena.signals.feeds import Action, Lineage, Terms, sign, signal_id
from arena.trading.market import INTERVALS
from arena.trading.market import Instrument as Traded

if TYPE_CHECKING:
    from arena.signals.lab.at_work import Row

console = Console(highlight=False, soft_wrap=True)
LOOK_MIN_S, LOOK_MAX_S = 0.25, 20.0
REFUSED_MAX = 5
PAGE_BARS = 5000
_AGAIN = {"sequence_gap", "chain_broken", "backdated", "signal_too_old", "signal_from_the_future"}
"""Refusals that say that the arena stands elsewhere than was thought: look again, decide again."""


@dataclass(frozen=True, slots=True)
class End:
    """Where the feed stands: its last sequence, hash and target, and when that was issued."""

    sequence: int
    hash: str
    weight: Decimal
    issued_at: datetime | None


def run(
    card: Card,
    arena: Arena,
    key: Key,
    feed: Feed = None,
    instrument: Instrument = "",
    code: Annotated[
        Path | None, typer.Option(help="Folder of the strategy's file, for a model of one's own.")
    ] = None,
    until_days: Annotated[
        float | None,
        typer.Option(
            "--days", help="End after so many days of the arena's time; else with Ctrl-C."
        ),
    ] = None,
) -> None:
    """Run a card's model: it reads the arena's bars, decides at each close, and publishes signed signals.

    Stop it and start it when you like, or run it on two machines: each comes to the same target, and publishes only
    what the feed does not ask for yet. Only signals leave the machine."""
    read = read_card(card)
    # A shell starts what it puts in the background with interrupts ignored; ours must be heard all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        asyncio.run(
            _run(
                read, code or card.parent, arena=arena, key=key, feed_id=feed, instrument=instrument,
                days=until_days,
            )
        )  # fmt: skip
    except KeyboardInterrupt:
        console.print("stopped; the feed keeps its last target until you run it again")


async def _run(
    card: Json,
    home: Path,
    *,
    arena: str,
    key: Path,
    feed_id: str | None,
    instrument: str,
    days: float | None,
) -> None:
    strategy = _strategy_of(card, home)
    async with open_line(arena, key) as line:
        await keep(line, card)
        feed = await feed_for(line, card, feed_id=feed_id, instrument=instrument)
        known = (await instruments(line))[feed["instrument"]]
        console.print(
            f"{card['name']} at work for {feed['name']} ({feed['id']}) on {feed['instrument']},"
            f" bars of {card['study']['data']['interval']}; Ctrl-C ends, the next start goes on"
        )
        worker = _Worker(line, card, feed, strategy=strategy, traded=_instrument(known))
        line.patient = console.print
        await worker.work(None if days is None else timedelta(days=days))


def _strategy_of(card: Json, home: Path) -> Any:
    """The very code the card was made with, under the card's policy. Raises Trouble where it has changed."""
    from arena.signals.lab.documents import Policy
    from arena.signals.lab.governed import Governed

    model = model_named(card["study"]["model"], home)
    stated = card["documents"]["model_config"]["code_version"]
    if model.code_version != stated:
        raise Trouble(
            f"the code of {card['study']['model']} is not the one the card was made with (SHA-256 {stated[:12]}…):"
            " make the card again, or bring the old code back"
        )
    policy = Policy.of(card["documents"]["policy"])
    if policy == Policy(rules=policy.rules):
        return model.strategy
    return Governed(model.strategy, policy)


class _Worker:
    """Looks, decides, publishes; what it knows of the feed's end is read again whenever that is in doubt."""

    def __init__(
        self, line: Line, card: Json, feed: Json, *, strategy: Any, traded: Traded
    ) -> None:
        # It computes what the Lab computes, and other commands need none of that.
        from arena.signals.lab.at_work import AtWork

        self._line = line
        self._feed = feed
        self._traded = traded
        self._interval = str(card["study"]["data"]["interval"])
        self._interval_s = INTERVALS[self._interval]
        self._lineage = Lineage(**card["lineage"])
        self._model = AtWork(
            strategy, card["documents"]["model_config"]["parameters"], traded,
            interval_s=self._interval_s, begins_ms=to_ms(from_iso(feed["opened_at"])),
        )  # fmt: skip
        self._end: End | None = None
        self._refused = 0

    async def work(self, span: timedelta | None) -> None:
        """Looks for closed bars, decides, publishes; until the tape or the span ends."""
        begun: datetime | None = None
        while True:
            clock = await self._line.get("/time")
            now = from_iso(clock["product_time"])
            begun = begun or now
            fresh = await self._read_bars()
            if fresh and self._model.wanted is not None:
                await self._publish()
            if clock["ended"] or (span is not None and now - begun >= span):
                console.print("the tape has ended" if clock["ended"] else "the days are over")
                return
            await asyncio.sleep(self._pause_s(clock))

    def _pause_s(self, clock: Json) -> float:
        """Until about the next close, on the wall, where a replay passes it sooner."""
        left = from_ms(self._model.next_ms + self._interval_s * 1000) - from_iso(
            clock["product_time"]
        )
        pace = str(clock["speed"])[:-1]
        seconds = left.total_seconds() / (int(pace) if pace.isdigit() and int(pace) else 3600)
        return min(max(seconds, LOOK_MIN_S), LOOK_MAX_S)

    async def _read_bars(self) -> bool:
        """Takes in what has closed since; whether anything has."""
        found = False
        while True:
            page = await self._line.get(
                "/market-data/candles", symbol=self._traded.symbol, interval=self._interval,
                **{"from": iso_ms(from_ms(max(self._model.next_ms, 0)))}, limit=PAGE_BARS,
            )  # fmt: skip
            rows = [_row(bar) for bar in page["data"]]
            self._model.take(rows)
            found = found or bool(rows)
            if not page["has_more"] or not rows:
                return found

    async def _publish(self) -> None:
        """Hands in the target, unless the feed asks for it already. Raises Refusal for what does not pass by itself."""
        self._end = self._end or await self._read_end()
        wanted = self._model.wanted
        if wanted is None or wanted.weight == self._end.weight or self._outrun(self._end):
            return
        terms = self._terms(self._end, from_iso((await self._line.get("/time"))["product_time"]))
        signed = sign(terms, self._line.key)
        end, self._end = self._end, None
        body = {"signal": signed.body, "signature": to_base64(signed.signature)}
        try:
            await self._line.post("/signals", body, intent=f"signal-{signed.hash}")
        except Refusal as refused:
            self._refused += 1
            if refused.code not in _AGAIN or self._refused >= REFUSED_MAX:
                raise
            console.print(f"the feed or the clock moved on ({refused.code}): looking again")
            return
        self._refused = 0
        self._end = End(end.sequence + 1, signed.hash, terms.target_weight, terms.issued_at)
        console.print(
            f"{iso_ms(terms.issued_at)[:16]}Z  #{terms.sequence}  {terms.action} to"
            f" {terms.target_weight:.0%} of {terms.instrument}  [dim]{escape(terms.rationale)}[/]"
        )

    def _outrun(self, end: End) -> bool:
        """Whether a bar closed before the feed's last signal that is not known here yet: another run may have decided
        on it, and what this one wants is old."""
        if end.issued_at is None:
            return False
        return to_ms(end.issued_at) >= self._model.next_ms + self._interval_s * 1000

    async def _read_end(self) -> End:
        feed = await self._line.get(f"/feeds/{self._feed['id']}")
        if feed["lineage"] != self._lineage.as_dict():
            raise Trouble(
                f"{feed['name']} goes by another lineage now: run the card of that one, or give the feed this one by"
                f" arena lab run CARD --feed {feed['id']}"
            )
        last = int(feed["last_sequence"])
        if not last:
            return End(0, feed["last_hash"], Decimal(0), None)
        page = await self._line.get("/signals", model_id=feed["id"], after=last - 1, limit=1)
        body = page["data"][-1]["signal"]
        return End(
            last, feed["last_hash"], Decimal(body["target_weight"]), from_iso(body["issued_at"])
        )

    def _terms(self, end: End, now: datetime) -> Terms:
        wanted = self._model.wanted
        assert wanted is not None, "asked only with a target"
        issued_at = now if end.issued_at is None else max(now, end.issued_at)
        prices = wanted.prices(self._traded.tick)
        return Terms(
            id=signal_id(self._feed["id"], end.sequence + 1), feed_id=self._feed["id"],
            sequence=end.sequence + 1, issued_at=issued_at,
            valid_until=issued_at + timedelta(seconds=self._interval_s * wanted.valid_bars),
            instrument=self._traded.symbol, action=_action(end.weight, wanted.weight),
            target_weight=wanted.weight, limit_price=prices.limit, stop_price=prices.stop,
            take_profit_price=prices.take_profit, confidence=wanted.confidence,
            rationale=wanted.rationale, lineage=self._lineage, previous_hash=end.hash,
            key_id=signer(self._line),
        )  # fmt: skip


def _row(bar: Json) -> "Row":
    return (
        to_ms(from_iso(bar["open_at"])), float(bar["open"]), float(bar["high"]), float(bar["low"]),
        float(bar["close"]), float(bar["volume"]),
    )  # fmt: skip


def _action(before: Decimal, after: Decimal) -> Action:
    if after == 0:
        return "close"
    if before == 0:
        return "open"
    return "increase" if after > before else "reduce"


def _instrument(stated: Json) -> Traded:
    return Traded(
        stated["symbol"], stated["base"], stated["quote"], Decimal(stated["tick"]), Decimal(stated["step"]),
        Decimal(stated["notional_min"]), stated["status"],
    )  # fmt: skip
