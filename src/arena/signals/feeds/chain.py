"""Checks a feed's chain without the database: order, hashes, signatures, commitments."""

from collections.abc import Mapping, Sequence

from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.signing import verifies
from arena.people.identity import CollectiveKey
from arena.signals.feeds.model import ZERO_HASH, ChainFault, Feed, Signal
from arena.signals.feeds.seal import log_entry


def chain_faults(signals: Sequence[Signal], keys: Mapping[str, CollectiveKey]) -> list[ChainFault]:
    """What does not hold in signals given in sequence from the first; `keys` are the collective's by id."""
    found: list[ChainFault] = []
    previous = ZERO_HASH
    issued_at = None
    for place, signal in enumerate(signals, 1):
        terms = signal.terms
        canonical = canonical_json(signal.body)
        if terms.sequence != place:
            found.append(ChainFault(place, "sequence", f"found {terms.sequence} in its place"))
        if sha256_hex(canonical) != signal.hash:
            found.append(ChainFault(place, "hash", "the stored hash is not that of the signal"))
        if terms.previous_hash != previous:
            found.append(ChainFault(place, "chain", f"previous_hash is not {previous}"))
        if issued_at is not None and terms.issued_at < issued_at:
            found.append(ChainFault(place, "order", "issued before its predecessor"))
        key = keys.get(terms.key_id)
        if key is None or not key.active(signal.received_at):
            words = f"{terms.key_id} was not an active key of the collective"
            found.append(ChainFault(place, "key", words))
        elif not verifies(key.public_key, canonical, signal.signature):
            found.append(ChainFault(place, "signature", "does not fit the signal"))
        previous, issued_at = sha256_hex(canonical), terms.issued_at
    return found


def head_faults(feed: Feed, signals: Sequence[Signal]) -> list[ChainFault]:
    """Whether the feed's own head is the last of the signals; a cut-off tail shows here."""
    last = signals[-1] if signals else None
    head = (last.sequence, last.hash) if last else (0, ZERO_HASH)
    if head == (feed.last_sequence, feed.last_hash):
        return []
    return [ChainFault(feed.last_sequence, "head", f"the feed's last signal is {head[0]}")]


def expected_entry(signal: Signal) -> bytes:
    """The log entry that must stand at the signal's place in the log."""
    return log_entry(
        body=signal.body,
        canonical=canonical_json(signal.body),
        salt=signal.salt,
        received_at=signal.received_at,
    )
