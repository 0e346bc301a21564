"""Checks of the record: possible prices, then fills, fees and equity played again from the signals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any, TypeVar

from sigma_sdk.canonical import canonical_json, from_iso, from_ms, iso_ms, sha256_hex, to_ms
from sigma_sdk.signal import Delivered
from sigma_sdk.verify.check_signals import tally
from sigma_sdk.verify.evidence import Evidence, Stored
from sigma_sdk.verify.fills import Venue, capacity_of
from sigma_sdk.verify.replay import Played, Script, play
from sigma_sdk.verify.report import Finding, Report
from sigma_sdk.verify.terms import Ask, Bar, Fill, Instrument, Mark

T = TypeVar("T", Fill, Mark)


def check_pack(evidence: Evidence, manifest: Mapping[str, Any], report: Report) -> None:
    """The files the prices come from must be those whose digest the record is tied to. Raises Broken."""
    made = sha256_hex(canonical_json(manifest))
    same = made == evidence.pack_sha
    files = manifest.get("files") or []
    detail = f"{manifest.get('source')}, {len(files)} files named with their SHA-256, {made[:16]}…"
    if not same:
        detail = f"the files named give {made}, the record is tied to {evidence.pack_sha}"
    report.add(Finding("prices", "pack of prices", int(same), 1, detail))


def check_record(evidence: Evidence, bars: Sequence[Bar], stored: Stored, report: Report) -> Played:
    """Raises Broken at the first check that does not hold; returns the record as it follows."""
    report.add(_prices(bars, evidence))
    venue = Venue(evidence.instrument, evidence.rules, evidence.interval_s * 1000)
    report.add(_shares(bars, stored, venue))
    report.add(_grid(stored, evidence))
    if evidence.refused:
        report.notes.append(
            f"{len(evidence.refused)} orders were refused by the operator's limits, as the arena states"
        )
    played = play(
        Script(
            venue=venue,
            opening_cash=evidence.opening_cash,
            opened_ms=evidence.opened_ms,
            bars=bars,
            asks=[ask_of(signal) for signal in evidence.signals],
            taken=stored.taken,
            mark_times=[mark.at_ms for mark in stored.marks],
            until_ms=to_ms(evidence.horizon),
            refused=[s.sequence for s in evidence.signals if s.id in evidence.refused],
        )
    )
    report.add(_compare("fills and fees", played.fills, stored.fills))
    report.add(_compare("equity marks", played.marks, stored.marks))
    same = played.record_sha == evidence.record_sha
    detail = (
        f"{played.record_sha[:16]}…" if same else f"{played.record_sha}, not {evidence.record_sha}"
    )
    report.add(Finding("record", "digest of the record", int(same), 1, detail))
    return played


def ask_of(signal: Delivered) -> Ask:
    """What following needs of a signal."""
    body = signal.body

    def price(name: str) -> Decimal | None:
        return None if body[name] is None else Decimal(body[name])

    return Ask(
        sequence=signal.sequence,
        arrived_ms=to_ms(from_iso(signal.received_at)),
        valid_until_ms=to_ms(from_iso(body["valid_until"])),
        weight=Decimal(body["target_weight"]),
        limit_price=price("limit_price"),
        stop_price=price("stop_price"),
        take_profit_price=price("take_profit_price"),
    )


def _prices(bars: Sequence[Bar], evidence: Evidence) -> Finding:
    interval_ms = evidence.interval_s * 1000
    previous: list[Bar | None] = [None, *bars[:-1]]

    def fault(pair: tuple[Bar | None, Bar]) -> str | None:
        before, bar = pair
        if before is not None and bar.open_ms < before.open_ms + interval_ms:
            return f"the bar of {iso_ms(from_ms(bar.open_ms))} overlaps the one before it"
        return _bar_fault(bar, evidence.instrument)

    found = tally("prices", "bars", list(zip(previous, bars, strict=True)), fault)
    if not found.holds or not bars:
        return found
    missing = (bars[-1].open_ms - bars[0].open_ms) // interval_ms + 1 - len(bars)
    span = (
        f"{iso_ms(from_ms(bars[0].open_ms))} to {iso_ms(from_ms(bars[-1].open_ms + interval_ms))}"
    )
    gaps = f", {missing} without trade" if missing else ""
    return Finding(found.stage, found.name, found.held, found.total, span + gaps)


def _bar_fault(bar: Bar, instrument: Instrument) -> str | None:
    when = iso_ms(from_ms(bar.open_ms))
    prices = (bar.open, bar.high, bar.low, bar.close)
    if min(prices) <= 0 or bar.volume < 0:
        return f"the bar of {when} has a price that is not above zero, or a negative volume"
    if bar.high != max(prices) or bar.low != min(prices):
        return f"the bar of {when} leaves its own range"
    if any(price % instrument.tick for price in prices):
        return f"the bar of {when} has a price off the tick {instrument.tick}"
    return None


def _shares(bars: Sequence[Bar], stored: Stored, venue: Venue) -> Finding:
    """What others took from a bar is theirs to know; but it cannot be more than the bar offered."""
    by_open = {bar.open_ms: bar for bar in bars}

    def fault(open_ms: int) -> str | None:
        bar, taken = by_open.get(open_ms), stored.taken[open_ms]
        when = iso_ms(from_ms(open_ms))
        if bar is None:
            return f"the record fills in a bar of {when} that is not there"
        capacity = capacity_of(bar, venue)
        if any(not 0 <= before <= capacity for before in taken.before):
            return f"more was taken from the bar of {when} than it offered"
        return None

    return tally("record", "shares of bars with others", sorted(stored.taken), fault)


def _grid(stored: Stored, evidence: Evidence) -> Finding:
    """An account is marked at closes of bars and nowhere else."""
    interval_ms = evidence.interval_s * 1000

    def fault(mark: Mark) -> str | None:
        if mark.at_ms % interval_ms == 0:
            return None
        return f"there is a mark at {iso_ms(from_ms(mark.at_ms))}, which is no close of a bar"

    return tally("record", "marks at closes of bars", stored.marks, fault)


def _compare(name: str, played: Sequence[T], stored: Sequence[T]) -> Finding:
    same = sum(own == theirs for own, theirs in zip(played, stored, strict=False))
    total = max(len(played), len(stored))
    if same == total:
        return Finding("record", name, same, total)
    place, own, theirs = next(
        (place, own, theirs)
        for place, (own, theirs) in enumerate(zip_longest(played, stored), start=1)
        if own != theirs
    )
    detail = f"number {place} follows as {_words(own)}, the arena has {_words(theirs)}"
    return Finding("record", name, same, total, detail)


def _words(item: Fill | Mark | None) -> str:
    if item is None:
        return "nothing"
    if isinstance(item, Mark):
        return f"{item.equity} at {iso_ms(from_ms(item.at_ms))}"
    return (
        f"{item.side} {item.quantity} at {item.price} (fee {item.fee} {item.fee_asset}, "
        f"{item.liquidity}) at {iso_ms(from_ms(item.at_ms))}"
    )
