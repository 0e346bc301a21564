"""A signal as it is delivered, and as it is signed (signal v1)."""

import base64
from dataclasses import dataclass
from typing import Any

from sigma_sdk.canonical import canonical_json, derived_id, sha256_hex
from sigma_sdk.keys import verifies

FIRST_PREVIOUS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Delivered:
    """One signal from the arena. `body` is what the collective signed; the basic tier gets it without
    its rationale, and then `salt` is None and the signature cannot be checked until it is public."""

    feed: str
    sequence: int
    id: str
    body: dict[str, Any]
    signature: str | None
    hash: str
    salt: str | None
    log_index: int | None
    received_at: str

    @property
    def target_weight(self) -> str:
        """The share of the account to hold, from 0 to 1."""
        return str(self.body["target_weight"])

    @property
    def rationale(self) -> str | None:
        """Why, in a sentence; None on the basic tier."""
        text = self.body.get("rationale")
        return None if text is None else str(text)

    def is_intact(self, public: bytes) -> bool:
        """Whether hash and signature fit the body and the collective's public key."""
        message = canonical_json(self.body)
        if self.signature is None or sha256_hex(message) != self.hash:
            return False
        return verifies(public, message, base64.b64decode(self.signature))


def read_delivered(item: dict[str, Any]) -> Delivered:
    """Reads an item of `GET /signals`, or a `signal` message of the stream."""
    body = item["signal"]
    return Delivered(
        feed=str(item.get("feed", body["feed"])),
        sequence=int(item["sequence"]),
        id=str(item.get("id", body["id"])),
        body=body,
        signature=item.get("signature"),
        hash=str(item["hash"]),
        salt=item.get("salt"),
        log_index=item.get("log_index"),
        received_at=str(item["received_at"]),
    )


def signal_id(feed_id: str, sequence: int) -> str:
    """The id a signal has by its place in its feed."""
    return derived_id("sig", feed_id, sequence)
