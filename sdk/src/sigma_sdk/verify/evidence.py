"""The evidence of a listing, read into values that can be checked."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sigma_sdk.canonical import from_iso, from_ms, iso_ms, to_ms
from sigma_sdk.signal import Delivered, read_delivered
from sigma_sdk.verify.fills import Taken
from sigma_sdk.verify.report import Broken, Finding
from sigma_sdk.verify.source import Source, read_all, read_json
from sigma_sdk.verify.terms import Bar, Fill, Instrument, Mark, Rules

T = TypeVar("T")
_PAGE = 1000
_CANDLES = 5000


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of the feed's collective, with the product times between which it counts."""

    id: str
    public: bytes
    not_before: datetime
    not_after: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the arena says of a listing's record, up to the horizon; nothing of it is believed yet.

    `starved` are the opens of bars that had nothing left for an order of this account, `refused` the
    sequences of signals whose orders the operator's limits refused.
    """

    listing_id: str
    feed_id: str
    last_sequence: int
    signals_due: int
    instrument: Instrument
    rules: Rules
    interval_s: int
    opening_cash: Decimal
    opened_ms: int
    horizon: datetime
    record_sha: str
    metrics: Mapping[str, Any]
    keys: tuple[PublicKey, ...]
    signals: tuple[Delivered, ...]
    starved: frozenset[int]
    refused: frozenset[str]
    pack_sha: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The record as the arena stored it: fills, marks, and what others took from the bars of its fills."""

    fills: tuple[Fill, ...]
    marks: tuple[Mark, ...]
    taken: Mapping[int, Taken]


def read_evidence(source: Source, listing_id: str) -> Evidence:
    """Asks for a listing's evidence. Raises Broken where it cannot be read or is of another listing."""
    path = f"/market/listings/{listing_id}/evidence"
    return _readable("evidence", lambda: _evidence(source, path, listing_id))


def read_record(source: Source, evidence: Evidence) -> Stored:
    """Asks for the fills and marks up to the evidence's horizon. Raises Broken where they cannot be read."""
    path = f"/market/listings/{evidence.listing_id}/record"
    return _readable("record", lambda: _stored(source, path, evidence))


def read_pack(source: Source) -> Mapping[str, Any]:
    """Asks which files the prices come from. Raises Broken where that cannot be read."""
    return _readable("prices", lambda: dict(read_json(source, "/market-data/pack")["manifest"]))


def read_bars(source: Source, evidence: Evidence) -> list[Bar]:
    """Asks for the bars the record was made on, and the last one before it. Raises Broken where they
    cannot be read."""
    return _readable("prices", lambda: _bars(source, evidence))


def _readable(stage: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, ValueError, TypeError, InvalidOperation) as broken:
        detail = f"the arena's answer cannot be read: {type(broken).__name__} {broken}"
        raise Broken(Finding(stage, f"{stage} readable", 0, 1, detail)) from broken


def _evidence(source: Source, path: str, listing_id: str) -> Evidence:
    said = read_json(source, path, {"after": 0, "limit": _PAGE})
    if said["listing_id"] != listing_id:
        raise ValueError(f"asked for {listing_id}, it is about {said['listing_id']}")
    horizon, page, items = from_iso(said["horizon"]), said, list(said["signals"])
    while page["has_more"]:
        page = read_json(source, path, {"after": page["next"], "limit": _PAGE})
        items += page["signals"]
    signals = [read_delivered(item) for item in items]
    return Evidence(
        listing_id=listing_id,
        feed_id=said["feed"]["id"],
        last_sequence=int(said["feed"]["last_sequence"]),
        signals_due=int(said["signals_due"]),
        instrument=_instrument(said["instrument"]),
        rules=_rules(said["rules"]),
        interval_s=int(said["interval_s"]),
        opening_cash=Decimal(said["opening_cash"]),
        opened_ms=to_ms(from_iso(said["opened_at"])),
        horizon=horizon,
        record_sha=said["record_sha"],
        metrics=said["metrics"],
        keys=tuple(_key(key) for key in said["keys"]),
        signals=tuple(s for s in signals if from_iso(s.received_at) <= horizon),
        starved=frozenset(int(at) for at in said.get("starved", [])),
        refused=frozenset(str(one) for one in said.get("refused", [])),
        pack_sha=said["pack_sha"],
    )


def _instrument(said: Mapping[str, Any]) -> Instrument:
    return Instrument(
        said["symbol"],
        said["base"],
        said["quote"],
        Decimal(said["tick"]),
        Decimal(said["step"]),
        Decimal(said["notional_min"]),
    )


def _rules(said: Mapping[str, Any]) -> Rules:
    whole = (
        "fee_maker_bps", "fee_taker_bps", "half_spread_bps", "latency_ms", "participation_bps",
        "reserve_bps", "rebalance_bps",
    )  # fmt: skip
    return Rules(
        impact_y=Decimal(str(said["impact_y"])), **{name: int(said[name]) for name in whole}
    )


def _key(said: Mapping[str, Any]) -> PublicKey:
    def time(name: str) -> datetime | None:
        return None if said[name] is None else from_iso(said[name])

    public = base64.b64decode(said["public_key"], validate=True)
    return PublicKey(
        said["id"], public, from_iso(said["not_before"]), time("not_after"), time("revoked_at")
    )


def _stored(source: Source, path: str, evidence: Evidence) -> Stored:
    horizon_ms = to_ms(evidence.horizon)
    query = {"limit": _CANDLES}
    fills = [
        item
        for item in read_all(source, path, {"part": "fills", **query})
        if int(item["at_ms"]) <= horizon_ms
    ]
    marks = [
        Mark(int(item["at_ms"]), Decimal(item["equity"]))
        for item in read_all(source, path, {"part": "marks", **query})
        if int(item["at_ms"]) <= horizon_ms
    ]
    before: dict[int, list[Decimal]] = {}
    for item in fills:
        stated = item["evidence"]
        before.setdefault(int(stated["bar"]), []).append(Decimal(stated["consumed_before"]))
    opens = sorted(before.keys() | evidence.starved)
    taken = {at: Taken(tuple(sorted(before.get(at, ()))), at in evidence.starved) for at in opens}
    return Stored(tuple(_fill(item) for item in fills), tuple(marks), taken)


def _fill(said: Mapping[str, Any]) -> Fill:
    return Fill(
        int(said["at_ms"]),
        said["side"],
        Decimal(said["quantity"]),
        Decimal(said["price"]),
        Decimal(said["fee"]),
        said["fee_asset"],
        said["liquidity"],
    )


def _bars(source: Source, evidence: Evidence) -> list[Bar]:
    path, symbol = "/market-data/candles", evidence.instrument.symbol
    opened, until = from_ms(evidence.opened_ms), iso_ms(evidence.horizon)
    earlier = read_json(source, path, {"symbol": symbol, "to": iso_ms(opened), "limit": 1})
    found = [_bar(item) for item in earlier["data"]]
    start: str | None = iso_ms(opened - timedelta(seconds=evidence.interval_s))
    while start is not None:
        query = {"symbol": symbol, "from": start, "to": until, "limit": _CANDLES}
        page = read_json(source, path, query)
        found += [_bar(item) for item in page["data"]]
        start = page["next"] if page["has_more"] else None
    once = {bar.open_ms: bar for bar in found}
    return [once[open_ms] for open_ms in sorted(once)]


def _bar(said: Mapping[str, Any]) -> Bar:
    numbers = (Decimal(said[name]) for name in ("open", "high", "low", "close", "volume"))
    return Bar(to_ms(from_iso(said["open_at"])), *numbers)
