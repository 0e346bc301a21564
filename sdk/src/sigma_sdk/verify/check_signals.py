"""Checks of the signals: keys, signatures, chain, and the commitments they open."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sigma_sdk.canonical import canonical_json, from_iso, sha256_hex
from sigma_sdk.keys import key_id_of, verifies
from sigma_sdk.signal import FIRST_PREVIOUS_HASH, Delivered, signal_id
from sigma_sdk.verify.evidence import Evidence, PublicKey
from sigma_sdk.verify.merkle import leaf_hash
from sigma_sdk.verify.report import Finding, Report

T = TypeVar("T")


def check_signals(evidence: Evidence, report: Report) -> None:
    """Raises Broken at the first check that does not hold."""
    keys = {key.id: key for key in evidence.keys}
    report.add(tally("keys", "keys", evidence.keys, _key_fault))
    report.add(tally("signatures", "signatures", evidence.signals, lambda s: _signed(s, keys)))
    report.add(tally("chain", "chain of hashes", _links(evidence.signals), _link_fault))
    report.add(_head(evidence))


def entry_of(signal: Delivered) -> bytes:
    """The bytes of the log entry that commits to this signal, made from the signal and its salt."""
    commitment = sha256_hex(bytes.fromhex(signal.salt or "") + canonical_json(signal.body))
    return canonical_json(
        {
            "type": "signal/v1",
            "feed": signal.body["feed"],
            "sequence": signal.body["sequence"],
            "commitment": commitment,
            "lineage": signal.body["lineage"],
            "received_at": signal.received_at,
        }
    )


def leaf_of(signal: Delivered) -> bytes:
    """The leaf hash the log must hold at the signal's index."""
    return leaf_hash(entry_of(signal))


def tally(stage: str, name: str, items: Sequence[T], fault: Callable[[T], str | None]) -> Finding:
    """Checks each item; the finding counts those that hold and tells of the first that does not."""
    faults = [found for item in items if (found := fault(item)) is not None]
    return Finding(stage, name, len(items) - len(faults), len(items), faults[0] if faults else "")


def _key_fault(key: PublicKey) -> str | None:
    if key_id_of(key.public) != key.id:
        return f"{key.id} is not the id that follows from its public key"
    return None


def _signed(signal: Delivered, keys: Mapping[str, PublicKey]) -> str | None:
    which = f"signal {signal.sequence}"
    message = canonical_json(signal.body)
    key = keys.get(str(signal.body.get("key_id")))
    if key is None:
        return f"{which} names key {signal.body.get('key_id')}, which is not the collective's"
    try:
        signature = base64.b64decode(signal.signature or "", validate=True)
    except binascii.Error:
        return f"{which} has no readable signature"
    if not verifies(key.public, message, signature):
        return f"{which} was not signed by {key.id}, or was changed after it was signed"
    if sha256_hex(message) != signal.hash:
        return f"{which} does not have the hash it is said to have"
    received = from_iso(signal.received_at)
    ends = [end for end in (key.not_after, key.revoked_at) if end is not None]
    if received < key.not_before or any(received >= end for end in ends):
        return f"{which} was signed with {key.id} when that key did not count"
    return None


def _links(signals: Sequence[Delivered]) -> list[tuple[Delivered | None, Delivered]]:
    return list(zip([None, *signals[:-1]], signals, strict=True))


def _link_fault(link: tuple[Delivered | None, Delivered]) -> str | None:
    before, signal = link
    body, which = signal.body, f"signal {signal.sequence}"
    sequence = 1 if before is None else before.sequence + 1
    if signal.sequence != sequence or body["sequence"] != sequence:
        return f"{which} comes where signal {sequence} is due"
    if body["previous_hash"] != (FIRST_PREVIOUS_HASH if before is None else before.hash):
        return f"{which} does not name the hash of the signal before it"
    if body["id"] != signal_id(body["feed"], sequence) or signal.id != body["id"]:
        return f"{which} does not have the id that follows from its place"
    if before is None:
        return None
    if body["feed"] != before.body["feed"]:
        return f"{which} is of another feed"
    if from_iso(body["issued_at"]) < from_iso(before.body["issued_at"]):
        return f"{which} is dated before the signal before it"
    if from_iso(signal.received_at) < from_iso(before.received_at):
        return f"{which} arrived before the signal before it"
    return None


def _head(evidence: Evidence) -> Finding:
    """No signal up to the horizon may be held back: what is shown must reach the horizon's last one."""
    shown = len(evidence.signals)
    due = evidence.signals_due
    whose = all(signal.body["feed"] == evidence.feed_id for signal in evidence.signals)
    detail = ""
    if shown != due:
        detail = (
            f"{due} signals belong to the record, {shown} are shown: signal {shown + 1} is missing"
        )
    elif not whose:
        detail = f"not all signals are of feed {evidence.feed_id}"
    return Finding("chain", "signals of the record shown", shown if whose else 0, due, detail)
