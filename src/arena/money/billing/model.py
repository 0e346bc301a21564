"""What billing knows: payment methods, attempts to charge, the gateway it talks to, its facts and errors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from arena.kit.errors import Conflict, NotFound, Refused, Unavailable
from arena.kit.money import Money

State = Literal["sending", "requires_action", "succeeded", "failed"]
MOVES: dict[State, frozenset[State]] = {
    "sending": frozenset({"requires_action", "succeeded", "failed"}),
    "requires_action": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
}


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A card a person keeps with the gateway; `token` is what the gateway knows it by. `at` product time."""

    id: str
    person_id: str
    gateway: str
    token: str
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewCharge:
    """What is to be charged: for `reference` (sub_…), once for the period that starts at `period_start`.

    `payee_id` gets what `platform_bps` (1/10,000) leaves; both are fixed when the intent is written.
    """

    reference: str
    period_start: datetime
    person_id: str
    payee_id: str
    payment_method_id: str
    amount: Money
    platform_bps: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a charge. Its id is the gateway's idempotency key. `at` is product time."""

    id: str
    charge: NewCharge
    number: int
    state: State
    gateway: str
    token: str
    at: datetime
    decline_code: str | None = None
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway says of a charge."""

    state: Literal["succeeded", "declined", "requires_action"]
    charge_id: str
    decline_code: str | None = None
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A card the gateway has taken: its token, and a label a person recognises it by."""

    token: str
    label: str


class Gateway(Protocol):
    """A payment provider. Every call may raise GatewayUnavailable, after which the truth is unknown."""

    name: str

    async def attach(self, number: str) -> Attached:
        """Keeps a card. Raises CardRefused."""
        ...

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> Outcome:
        """Charges once per key; a repeat answers what the first call did."""
        ...

    async def find(self, idempotency_key: str) -> Outcome | None:
        """What became of the charge with this key; None where it never arrived."""
        ...

    async def confirm(self, idempotency_key: str) -> Outcome:
        """The customer did what was required (3-D Secure); completes the charge."""
        ...

    async def abandon(self, idempotency_key: str) -> Outcome:
        """Gives up a charge that waits for the customer; answers `succeeded` where it was too late."""
        ...


@dataclass(frozen=True, slots=True)
class ChargeSucceeded:
    """A charge went through and is in the ledger. Ordered by what was paid for; amount in minor units."""

    reference: str
    attempt_id: str
    period_start: datetime
    person_id: str
    payee_id: str
    amount: int
    currency: str

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True)
class ChargeFailed:
    """A charge was declined or given up. Ordered by what was to be paid for."""

    reference: str
    attempt_id: str
    period_start: datetime
    person_id: str
    decline_code: str

    @property
    def key(self) -> str:
        return self.reference


class CardRefused(Refused):
    """The gateway does not take this card ({reason}). The fake gateway takes test cards only, never real
    ones: 4242424242424242 pays, 4000000000000002 and 4000000000009995 are declined, 4000000000000341 fails
    when charged, 4000002500003155 asks for confirmation."""


class PaymentMethodUnknown(NotFound):
    """You keep no payment method {payment_method_id}; add one with POST /billing/payment-methods."""


class AttemptUnknown(NotFound):
    """There is no payment {attempt_id} of yours; see GET /market/subscriptions."""


class NothingToConfirm(Conflict):
    """Payment {attempt_id} waits for nobody: it is {state}."""


class ChargeUnderWay(Conflict):
    """A charge for {reference} is on its way this moment; try again in half a minute, when it is known what
    became of it."""


class GatewayUnavailable(Unavailable):
    """The payment gateway does not answer. Whether the charge went through is being found out; repeat the
    call with the same Idempotency-Key, you will not be charged twice."""

    retry_after_s = 5


class GatewayKeyReused(Refused):
    """The gateway saw the idempotency key {idempotency_key} before with another amount or card."""
