"""What billing knows: payment methods, attempts to charge, the gateway it talks to, its facts and errors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from arena.kit.errors import Conflict, NotFound, Refused, Unavailable
from arena.kit.money import Money, allocate
from arena.money.buyers import NO_TAX, Tax

State = Literal["sending", "requires_action", "succeeded", "failed"]
MOVES: dict[State, frozenset[State]] = {
    "sending": frozenset({"requires_action", "succeeded", "failed"}),
    "requires_action": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
}

BANK = "manual"
"""The gateway whose account is the operator's own bank: by it goes what is sent by hand."""

RefundState = Literal["sending", "sent", "succeeded", "failed"]
"""Asked for; taken on by the gateway, which has parted with the money; arrived; not given back."""
REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    "sending": frozenset({"sent", "succeeded", "failed"}),
    "sent": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset({"failed"}),  # a bank may return it days later
    "failed": frozenset(),
}
DisputeState = Literal["open", "won", "lost"]
DISPUTE_MOVES: dict[DisputeState, frozenset[DisputeState]] = {
    "open": frozenset({"won", "lost"}),
    "won": frozenset(),
    "lost": frozenset(),
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
class Debt:
    """A receivable that a charge pays: whose it is on (usr_… or col_…), and the reference of its journals."""

    subject: str
    reference: str


@dataclass(frozen=True, slots=True)
class NewCharge:
    """What is to be charged: for `reference` (sub_…), once for the period that starts at `period_start`.

    `payee_id` gets what `platform_bps` (1/10,000) leaves; both are fixed when the intent is written. Where it pays a
    `debt`, the shares were posted when that was invoiced.
    """

    reference: str
    period_start: datetime
    person_id: str
    payee_id: str
    payment_method_id: str
    amount: Money
    platform_bps: int
    debt: Debt | None = None
    tax: Tax = NO_TAX
    """What of the amount is tax; what is left is shared. Of a sale it is looked up when the intent is written."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Whose an amount is, minor units: they make it up without a cent lost."""

    creator: int
    platform: int
    tax: int

    @classmethod
    def of(cls, amount: int, charge: NewCharge) -> "Shares":
        """Tax first, then the creator's and the platform's part of the net, each by largest remainder."""
        tax = charge.tax.within(amount)
        weights = [10_000 - charge.platform_bps, charge.platform_bps]
        creator, platform = allocate(amount - tax, weights)
        return cls(creator, platform, tax)

    def __sub__(self, other: "Shares") -> "Shares":
        return Shares(
            self.creator - other.creator, self.platform - other.platform, self.tax - other.tax
        )

    def codes(self, charge: NewCharge) -> list[tuple[str, int]]:
        """The accounts they stand on, creditors all of them."""
        return [
            (f"creator:{charge.payee_id}:pending", self.creator), ("platform:fee_income", self.platform),
            (charge.tax.account, self.tax),
        ]  # fmt: skip


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
    charge_id: str | None = None
    sent_at: datetime | None = None
    """Wall clock: how old the gateway's idempotency key is."""
    card_gateway: str | None = None
    """Who keeps the card; where that is not `gateway`, it cannot be charged."""
    unwanted: bool = False
    """Whoever asked for it has canceled: it is not sent any more, only looked for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway says of a charge; `fee` is what it kept of it, in minor units, where it says so."""

    state: Literal["succeeded", "declined", "requires_action"]
    charge_id: str
    decline_code: str | None = None
    action_url: str | None = None
    fee: int = 0


@dataclass(frozen=True, slots=True)
class Refunded:
    """What the gateway says of a refund: on its way, arrived, or not possible and why."""

    state: Literal["sent", "succeeded", "failed"]
    refund_id: str
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the gateway's own books: minor units, in is positive; `idem` is the journal of ours it should be.

    `moved_at` is by the gateway's clock.
    """

    id: str
    kind: str
    idem: str
    amount: int
    currency: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """A card the gateway has taken: its token, and a label a person recognises it by."""

    token: str
    label: str


class Gateway(Protocol):
    """A payment provider. Every call may raise GatewayUnavailable, after which the truth is unknown.

    Where the caller knows the gateway's own id of the charge he gives it as `charge_id`.
    """

    name: str
    cards: Literal["typed", "elsewhere", "none"]
    """Where a person types his card: here, on the gateway's page, or nowhere, because he transfers."""
    patience_s: float
    """How long a charge waits for its customer before it is given up, wall clock."""

    async def attach(self, number: str) -> Attached:
        """Keeps a card. Raises CardRefused."""
        ...

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> Outcome:
        """Charges once per key; a repeat answers what the first call did."""
        ...

    async def find(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome | None:
        """What became of the charge with this key; None where it never arrived."""
        ...

    async def confirm(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        """The customer did what was required (3-D Secure); completes the charge."""
        ...

    async def abandon(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        """Gives up a charge that waits for the customer; answers `succeeded` where it was too late."""
        ...

    async def refund(self, idempotency_key: str, amount: Money, charge_id: str) -> Refunded:
        """Gives back once per key; what the gateway refuses is `failed`."""
        ...

    async def find_refund(
        self, idempotency_key: str, *, charge_id: str, refund_id: str | None = None
    ) -> Refunded | None:
        """What became of the refund with this key; None where it never arrived."""
        ...

    async def movements(self, since: datetime) -> list[Movement]:
        """What its books say moved since then, by its clock."""
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


@dataclass(frozen=True, slots=True)
class RefundSettled:
    """Money went back to a customer, or did not; amount in minor units. Ordered by what had been paid for."""

    reference: str
    attempt_id: str
    refund_id: str
    person_id: str
    amount: int
    currency: str
    state: str

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    """A customer's bank took a charge back for now; amount in minor units. Ordered by what had been paid for."""

    reference: str
    attempt_id: str
    dispute_id: str
    person_id: str
    amount: int
    currency: str

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True)
class DisputeClosed:
    """A dispute was won, then the charge stands, or lost. Ordered by what had been paid for."""

    reference: str
    attempt_id: str
    dispute_id: str
    person_id: str
    won: bool

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True)
class BooksApart:
    """Our books and the gateway's have differed for too long; told once for each line. Ordered by gateway."""

    gateway: str
    ours_only: int
    theirs_only: int

    @property
    def key(self) -> str:
        return self.gateway


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


class CardTypedElsewhere(Refused):
    """Card numbers never come here: the card is typed on the payment provider's own page. Ask for one with
    POST /billing/card-visits."""


class NoCardPage(Refused):
    """The gateway {gateway} has no page of its own for cards; add one with POST /billing/payment-methods."""


class CardVisitUnknown(NotFound):
    """You have no visit {visit_id} to the payment provider's page; begin one with POST /billing/card-visits."""


class RefundAboveCharge(Conflict):
    """Of the payment {attempt_id} {left} can still be given back, not {asked}; nothing was refunded."""


class NothingToRefund(Conflict):
    """Payment {attempt_id} is {state}; only one that went through can be given back."""


class PaymentUnknown(NotFound):
    """There is no payment {attempt_id}."""


class WebhookForged(Refused):
    """This call is not signed by the payment provider for this arena, or it is too old; nothing was done."""

    status = 400


class WebhookMisdirected(Refused):
    """This event is about another account ({account}) than this arena's; nothing was done."""

    status = 400


class NoWebhooks(NotFound):
    """No payment provider tells this arena of payments; set ARENA_STRIPE_KEY and ARENA_STRIPE_WEBHOOK_SECRET."""


class ChargeGivenUp(Conflict):
    """The charge {attempt_id} was given up before its {amount} arrived, so nothing begins. Book the money as owed to
    the customer; it then stands among what is owed until it was sent back."""


class NotByHand(Conflict):
    """Payment {attempt_id} is not one that waits for a bank transfer."""
