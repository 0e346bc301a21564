"""The stream of signals without its socket: what to open, what a message means, whether to come back."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from sigma_sdk.exchange import Plan, fetch, query_of, wait_s
from sigma_sdk.problem import (
    ArenaProblem,
    ArenaUnreachable,
    EntitlementEnded,
    SequenceGap,
    StreamEnded,
)
from sigma_sdk.signal import Delivered, read_delivered

Notice = Callable[[str], None]
ENTITLEMENT_ENDED = 4403
_FINAL = {4400, 4401, 4404, 4429}  # coming back would be refused again
_SILENCES_MAX = 3
_PATIENCE_S = 300.0


def _silent(_text: str) -> None:
    """Nobody is listening."""


@dataclass(slots=True)
class Subscription:
    """Where one stream of one feed stands, across all its connections."""

    model_id: str
    origin: str
    after: int | None = 0
    notice: Notice = _silent
    patience_s: float = _PATIENCE_S
    heartbeat_s: float = 15.0
    _attempt: int = 0
    _away_s: float = 0.0
    _gap_at: int | None = None
    _refusal: ArenaProblem | None = None

    @property
    def path(self) -> str:
        """Path and query to open; asks for what comes after the last signal received."""
        pairs = query_of({"model_id": self.model_id, "after": self.after})
        return "/stream?" + "&".join(f"{name}={value}" for name, value in pairs)

    @property
    def silence_max_s(self) -> float:
        """Nothing for this long means the line is dead: several heartbeats are missing."""
        return self.heartbeat_s * _SILENCES_MAX

    def opened(self) -> None:
        """A connection stands."""
        if self._attempt:
            self.notice("connected again")

    def received(self, message: str | bytes) -> list[Delivered]:
        """The signals a message brings: each once, in sequence. Raises Reconnect where one is missing,
        and SequenceGap where it is missing again after asking for it."""
        self._attempt, self._away_s = 0, 0.0
        content = json.loads(message)
        kind = content.get("type")
        if kind == "hello":
            self.heartbeat_s = float(content.get("heartbeat_s", self.heartbeat_s))
            return []
        if kind == "caught_up":
            self.notice("up to date, waiting for the next signal")
            return []
        if kind == "error":
            self._refusal = ArenaProblem(int(content.get("status", 0)), content)
            return []
        if kind == "signal":
            return self._signal(read_delivered(content))
        if kind == "digest":
            return [one for item in content["data"] for one in self._signal(read_delivered(item))]
        return []

    def lost(self, code: int | None, reason: str) -> float:
        """Seconds to wait before opening again. Raises StreamEnded, EntitlementEnded or
        ArenaUnreachable where there is no use, and ArenaProblem where the arena refused in its own words."""
        if self._refusal is not None:
            raise self._refusal
        if code == ENTITLEMENT_ENDED:
            raise EntitlementEnded(code, reason)
        if code in _FINAL:
            raise StreamEnded(code, reason)
        self._attempt += 1
        pause = wait_s(self._attempt)
        self._away_s += pause
        if self._away_s > self.patience_s:
            raise ArenaUnreachable(self.origin, reason or "the stream broke off")
        self.notice(f"connection lost ({reason or code or 'no reason given'}), trying again")
        return pause

    def _signal(self, signal: Delivered) -> list[Delivered]:
        if self.after is not None and signal.sequence <= self.after:
            return []
        if self.after is not None and signal.sequence > self.after + 1:
            expected = self.after + 1
            if self._gap_at == expected:
                raise SequenceGap(signal.feed, expected, signal.sequence)
            self._gap_at = expected
            raise Reconnect(f"signal {expected} is missing")
        self.after, self._gap_at = signal.sequence, None
        return [signal]


def knock(model_id: str) -> Plan[None]:
    """Asks for one signal without a stream: a caller who proves nothing hears at once, and in full words,
    what it takes. Raises ArenaProblem."""
    yield from fetch("/signals", model_id=model_id, limit=1)


class Reconnect(Exception):
    """This connection is of no use any more; open another."""
