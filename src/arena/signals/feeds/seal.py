"""What a collective signs, and what of it enters the log: canonical bytes, hash, salted commitment."""

from datetime import datetime
from typing import Any

from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import iso_ms
from arena.kit.ids import derived
from arena.kit.signing import SigningKey
from arena.kit.vault import Vault
from arena.signals.feeds.model import VERSION, SignedSignal, Terms
from arena.signals.feeds.parse import terms_of

LOG_KIND = "signal"


def signal_id(feed_id: str, sequence: int) -> str:
    return derived("sig", feed_id, sequence)


def body_of(terms: Terms) -> dict[str, Any]:
    """The signal as JSON: numbers as decimal strings, times with milliseconds and Z."""

    def price(value: object) -> str | None:
        return None if value is None else format(value, "f")

    return {
        "version": VERSION,
        "id": terms.id,
        "feed": terms.feed_id,
        "sequence": terms.sequence,
        "issued_at": iso_ms(terms.issued_at),
        "valid_until": iso_ms(terms.valid_until),
        "instrument": terms.instrument,
        "action": terms.action,
        "target_weight": format(terms.target_weight, "f"),
        "limit_price": price(terms.limit_price),
        "stop_price": price(terms.stop_price),
        "take_profit_price": price(terms.take_profit_price),
        "confidence": format(terms.confidence, "f"),
        "rationale": terms.rationale,
        "lineage": terms.lineage.as_dict(),
        "previous_hash": terms.previous_hash,
        "key_id": terms.key_id,
    }


def sign(terms: Terms, key: SigningKey) -> SignedSignal:
    """The signal as the holder of the key sends it."""
    body = body_of(terms)
    canonical = canonical_json(body)
    return SignedSignal(terms_of(body), body, canonical, sha256_hex(canonical), key.sign(canonical))


def salt_of(vault: Vault, signal_hash: str) -> bytes:
    """32 bytes that only the arena can make; whoever gets them can open the commitment in the log."""
    return vault.digest("signal-salt", bytes.fromhex(signal_hash))


def log_entry(
    *, body: dict[str, Any], canonical: bytes, salt: bytes, received_at: datetime
) -> bytes:
    """The entry of the log: it commits to the signal and its lineage, and says nothing of its content."""
    return canonical_json(
        {
            "type": "signal/v1",
            "feed": body["feed"],
            "sequence": body["sequence"],
            "commitment": sha256_hex(salt + canonical),
            "lineage": body["lineage"],
            "received_at": iso_ms(received_at),
        }
    )
