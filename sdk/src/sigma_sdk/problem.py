"""What can go wrong, as exceptions that say what to do next.

SigmaError
├── ArenaProblem      the arena answered with an RFC 9457 problem: code, title, detail, request_id
├── ArenaUnreachable  no answer at all
├── SequenceGap       the feed skipped a signal, and asking again did not bring it
└── StreamEnded       the arena closed the stream for good
    └── EntitlementEnded   …because the subscription ended (close code 4403)
"""

import json
from collections.abc import Mapping
from typing import Any


class SigmaError(Exception):
    """Something the SDK cannot settle by itself."""


class ArenaUnreachable(SigmaError):
    """The arena did not answer. `origin` is where it was looked for."""

    def __init__(self, origin: str, why: str) -> None:
        self.origin = origin
        self.why = why
        super().__init__(
            f"No answer from {origin} ({why}). Is the arena running? Start it with: make run"
        )


class ArenaProblem(SigmaError):
    """The arena's own words. `facts` holds whatever else the problem document says."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", f"http_{status}"))
        self.title = str(document.get("title", "Error"))
        self.detail = str(document.get("detail", self.title))
        request_id = document.get("request_id")
        self.request_id = str(request_id) if request_id is not None else None
        known = {"type", "status", "code", "title", "detail", "request_id"}
        self.facts = {name: value for name, value in document.items() if name not in known}
        super().__init__(f"{self.code}: {self.detail}")

    @classmethod
    def from_answer(cls, status: int, body: bytes) -> "ArenaProblem":
        """Reads the problem document; an answer that is none still gives its status and first words."""
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            document = {"detail": body[:200].decode("utf-8", "replace") or f"HTTP status {status}"}
        return cls(status, document)


class SequenceGap(SigmaError):
    """Signals are missing between two that arrived."""

    def __init__(self, feed: str, expected: int, got: int) -> None:
        self.feed, self.expected, self.got = feed, expected, got
        super().__init__(
            f"Feed {feed} sent signal {got} where {expected} was due. "
            f"Pull the missing ones, or verify the listing: sigma verify"
        )


class StreamEnded(SigmaError):
    """The arena closed the stream and coming back would not help. `code` is the close code."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"The arena closed the stream ({code}): {reason or 'no reason given'}")


class EntitlementEnded(StreamEnded):
    """The right to this feed ended: cancelled, expired, unpaid or taken down."""
