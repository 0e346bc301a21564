"""Publishing to one feed: keeps sequence and chain, signs, and hands in each signal exactly once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sigma_sdk.canonical import canonical_json, from_iso, iso_ms, sha256_hex
from sigma_sdk.client import AsyncClient, Client
from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.keys import SigningKey
from sigma_sdk.operation import operation
from sigma_sdk.signal import signal_id

T = TypeVar("T")
Number = Decimal | int | str
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """What to hold: a share of the account from 0 to 1, and optionally at which prices to get in and out.

    `confidence` is a number from 0 to 1; `rationale` a sentence for the subscribers (up to 2,000
    characters). Without a limit price the reference account trades at the market.
    """

    weight: Number
    rationale: str
    confidence: Number = "0.5"
    limit_price: Number | None = None
    stop_price: Number | None = None
    take_profit_price: Number | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """Where the feed's chain ends."""

    sequence: int
    hash: str
    weight: Decimal
    instrument: str
    lineage: Json


class _Publishing:
    """What both publishers do."""

    def __init__(self, key: SigningKey, feed_id: str) -> None:
        self._key = key
        self.feed_id = feed_id
        self._end: _End | None = None

    @operation
    def publish(
        self,
        target: Target,
        *,
        valid_for: timedelta = timedelta(hours=1),
        issued_at: datetime | None = None,
    ) -> Plan[Json]:
        """Signs and publishes the next signal of the feed; answers with id, hash and place in the log.

        Times are the arena's own (`GET /time`), which a replayed tape runs through faster than the wall
        clock. The same signal goes out with the same Idempotency-Key however often the line drops. After
        any failure the next call reads the feed's end from the arena again. Raises ArenaProblem.
        """
        if self._end is None:
            self._end = yield from self._read_end()
        if issued_at is None:
            issued_at = from_iso((yield from fetch("/time"))["product_time"])
        signal = self._signal(self._end, target, issued_at, issued_at + valid_for)
        message = canonical_json(signal)
        envelope = {"signal": signal, "signature": self._key.sign_base64(message)}
        digest = sha256_hex(message)
        end, self._end = self._end, None
        answer: Json = yield from change(
            "POST", "/signals", envelope, intent=f"signal-{self.feed_id}-{digest}"
        )
        self._end = _End(
            end.sequence + 1, digest, Decimal(str(target.weight)), end.instrument, end.lineage
        )
        return answer

    def _read_end(self) -> Plan[_End]:
        feed = yield from fetch(f"/feeds/{self.feed_id}")
        last, weight = int(feed["last_sequence"]), Decimal(0)
        if last > 0:
            page = yield from fetch("/signals", model_id=self.feed_id, after=last - 1, limit=1)
            if page["data"]:
                weight = Decimal(page["data"][-1]["signal"]["target_weight"])
        return _End(last, feed["last_hash"], weight, feed["instrument"], feed["lineage"])

    def _signal(self, end: _End, target: Target, issued: datetime, until: datetime) -> Json:
        sequence = end.sequence + 1
        return {
            "version": "1",
            "id": signal_id(self.feed_id, sequence),
            "feed": self.feed_id,
            "sequence": sequence,
            "issued_at": iso_ms(issued),
            "valid_until": iso_ms(until),
            "instrument": end.instrument,
            "action": action_of(end.weight, Decimal(str(target.weight))),
            "target_weight": plain(target.weight),
            "limit_price": None if target.limit_price is None else plain(target.limit_price),
            "stop_price": None if target.stop_price is None else plain(target.stop_price),
            "take_profit_price": (
                None if target.take_profit_price is None else plain(target.take_profit_price)
            ),
            "confidence": plain(target.confidence),
            "rationale": target.rationale,
            "lineage": end.lineage,
            "previous_hash": end.hash,
            "key_id": self._key.key_id,
        }


class Publisher(_Publishing):
    """Publishes through a `Client`."""

    def __init__(self, client: Client, key: SigningKey, feed_id: str) -> None:
        super().__init__(key, feed_id)
        self._client = client

    def run(self, plan: Plan[T]) -> T:
        return self._client.run(plan)


class AsyncPublisher(_Publishing):
    """Publishes through an `AsyncClient`."""

    def __init__(self, client: AsyncClient, key: SigningKey, feed_id: str) -> None:
        super().__init__(key, feed_id)
        self._client = client

    async def arun(self, plan: Plan[T]) -> T:
        return await self._client.arun(plan)


def action_of(held: Decimal, wanted: Decimal) -> str:
    """The word for going from one weight to another."""
    if wanted == held:
        return "hold"
    if wanted == 0:
        return "close"
    if held == 0:
        return "open"
    return "increase" if wanted > held else "reduce"


def plain(number: Number) -> str:
    """Plain decimal notation, no exponent, no trailing zeros; a float would not do and is refused."""
    if isinstance(number, float):
        raise TypeError(f"say {number!r} as a string or Decimal: floats are not exact")
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
