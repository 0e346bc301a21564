"""Signals as callers see them: the JSON of one item, one page, one stream message, by tier class."""

from collections.abc import Sequence
from typing import Any

import msgspec

from arena.kit.clock import iso_ms
from arena.kit.page import encode_cursor
from arena.kit.signing import to_base64
from arena.kit.sockets import text_frame
from arena.signals.feeds import Signal


def item(signal: Signal, *, basic: bool) -> dict[str, Any]:
    """One signal. Basic's has neither rationale nor salt: without the rationale the salt would prove
    nothing, and with it the rationale could be guessed at and confirmed against the log."""
    return {
        "sequence": signal.sequence,
        "id": signal.id,
        "issued_at": iso_ms(signal.issued_at),
        "received_at": iso_ms(signal.received_at),
        "signal": {**signal.body, "rationale": None} if basic else signal.body,
        "signature": to_base64(signal.signature),
        "hash": signal.hash,
        "salt": None if basic else signal.salt.hex(),
        "log_index": signal.log_index,
    }


def page_body(signals: Sequence[Signal], *, limit: int, basic: bool) -> bytes:
    """The page of `limit` from signals read with `limit + 1`."""
    shown = signals[:limit]
    more = len(signals) > limit
    return msgspec.json.encode(
        {
            "data": [item(signal, basic=basic) for signal in shown],
            "has_more": more,
            "next": encode_cursor(shown[-1].sequence) if more else None,
        }
    )


def signal_frame(signal: Signal, *, delayed: bool = False) -> bytes:
    """`delayed`: as a free follower gets it, like Basic's without rationale and salt."""
    return message("signal", feed=signal.feed_id, **item(signal, basic=delayed))


def digest_frame(feed_id: str, day: str, signals: Sequence[Signal]) -> bytes:
    """Basic's message: what a feed said on one UTC day of product time (2021-09-27)."""
    return message(
        "digest",
        feed=feed_id,
        day=day,
        sequence=signals[-1].sequence,
        data=[item(signal, basic=True) for signal in signals],
    )


def message(kind: str, /, **words: object) -> bytes:
    """A stream message of this kind, framed."""
    return text_frame(msgspec.json.encode({"type": kind, **words}))
