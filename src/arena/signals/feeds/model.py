"""What a feed and a signal are, the fact of publishing, and the ways a signal is refused."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused

VERSION = "1"
ZERO_HASH = "0" * 64
RATIONALE_MAX = 2000
Action = Literal["open", "increase", "reduce", "close", "hold"]
FeedStatus = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The SHA-256 (hex) of the four documents a signal's model is made of."""

    pack_sha: str
    indicator_set_sha: str
    model_config_sha: str
    policy_sha: str

    def as_dict(self) -> dict[str, str]:
        return {
            "pack_sha": self.pack_sha,
            "indicator_set_sha": self.indicator_set_sha,
            "model_config_sha": self.model_config_sha,
            "policy_sha": self.policy_sha,
        }


@dataclass(frozen=True, slots=True)
class NewFeed:
    """What a collective says to open a feed. The name is unique among its own feeds."""

    collective_id: str
    name: str
    instrument: str
    lineage: Lineage
    about: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A model's stream of signals on one instrument. `account_id` is its reference account."""

    id: str
    collective_id: str
    name: str
    about: str
    instrument: str
    account_id: str
    lineage: Lineage
    status: FeedStatus
    last_sequence: int
    last_hash: str
    last_issued_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None = None


class Terms(msgspec.Struct, frozen=True):
    """What a signal says, parsed. Weights are shares of the account's equity in [0, 1]; times UTC."""

    id: str
    feed_id: str
    sequence: int
    issued_at: datetime
    valid_until: datetime
    instrument: str
    action: Action
    target_weight: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    take_profit_price: Decimal | None
    confidence: Decimal
    rationale: str
    lineage: Lineage
    previous_hash: str
    key_id: str


@dataclass(frozen=True, slots=True)
class SignedSignal:
    """A signal on its way in: its terms, the JSON as it was signed, canonical bytes, hash, signature."""

    terms: Terms
    body: dict[str, Any]
    canonical: bytes
    hash: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signal:
    """A published signal. `salt` opens its commitment in the log at `log_index`; times are product time."""

    terms: Terms
    body: dict[str, Any]
    signature: bytes
    hash: str
    salt: bytes
    log_index: int
    received_at: datetime

    @property
    def id(self) -> str:
        return self.terms.id

    @property
    def feed_id(self) -> str:
        return self.terms.feed_id

    @property
    def sequence(self) -> int:
        return self.terms.sequence

    @property
    def issued_at(self) -> datetime:
        return self.terms.issued_at

    @property
    def key_id(self) -> str:
        return self.terms.key_id


@dataclass(frozen=True, slots=True)
class SignalPublished:
    """A feed has a new signal, which is signed, checked, chained and logged."""

    feed_id: str
    sequence: int
    signal_id: str
    issued_at: datetime

    @property
    def key(self) -> str:
        return self.feed_id


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One thing that does not hold in a feed's chain; `what` names the check."""

    sequence: int
    what: Literal["sequence", "chain", "hash", "key", "signature", "order", "log", "head"]
    detail: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the check of a feed's whole chain found."""

    feed_id: str
    signals: int
    faults: tuple[ChainFault, ...]

    @property
    def holds(self) -> bool:
        return not self.faults


class NoSuchFeed(NotFound):
    """There is no feed {feed}; GET /feeds lists them."""


class FeedNameTaken(Conflict):
    """Your collective already has a feed named {name} with other terms; choose another name."""


class NotYourFeed(Forbidden):
    """The feed {feed} belongs to another collective; publish to a feed of your own."""


class FeedClosed(Refused):
    """The feed {feed} is closed and takes no more signals; open a new one."""


class BadSignal(Refused):
    """The signal is not in the published form (GET /schemas/signal-v1.json): see `errors`."""


class BadSignature(Refused):
    """The signature does not fit: it must be Ed25519, in base64, over the RFC 8785 form of `signal`."""


class WrongKey(Refused):
    """The key {key} is not an active key of the feed's collective; sign with one that is."""


class SequenceGap(Refused):
    """This feed's next sequence is {expected}, not {got}; a feed's signals follow without gaps."""


class ChainBroken(Refused):
    """`previous_hash` must be {expected}, the hash of the feed's last signal."""


class Backdated(Refused):
    """issued_at lies before the feed's previous signal, issued {previous}; time only goes forward."""


class SignalTooOld(Refused):
    """issued_at is more than {tolerance_s} s before the arena's time {now}; see GET /time."""


class SignalFromTheFuture(Refused):
    """issued_at is more than {tolerance_s} s after the arena's time {now}; see GET /time."""


class ValidityEndsTooEarly(Refused):
    """valid_until must be after issued_at."""


class WrongInstrument(Refused):
    """The feed {feed} is for {expected}, not for {got}; a feed has one instrument."""


class WeightOutOfRange(Refused):
    """target_weight is {weight}; it must lie between 0 and 1, because accounts are spot, long or flat."""


class LineageUnknown(Refused):
    """{field} {sha} is not declared; register the document and set the feed's lineage first."""
