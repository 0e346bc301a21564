"""What payouts know: papers of a payee, gates, payouts and their moves, the gateway's port, facts and errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused, Unavailable
from arena.kit.money import Money

State = Literal["requested", "reserved", "in_transit", "paid", "failed", "cancelled", "reversed"]
# Requested: set aside, and two operators have to say yes. Reserved: the next to be sent. In transit: the gateway was
# called, or is about to be. A payout that failed or was cancelled gave back what it had set aside.
MOVES: dict[State, frozenset[State]] = {
    "requested": frozenset({"reserved", "cancelled"}),
    "reserved": frozenset({"in_transit", "cancelled"}),
    "in_transit": frozenset({"paid", "failed"}),
    "paid": frozenset({"reversed"}),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "reversed": frozenset(),
}
UNDER_WAY: tuple[State, ...] = ("requested", "reserved", "in_transit")

Step = Literal["sending", "transferred", "paying", "paid", "bounced", "returned", "refused"]
# How far a payout through a connected account is: the money is on that account; on its way to the bank; there; on that
# account again; back at the gateway. Stripe may say for days that a bank sent back what had arrived.
STEP_MOVES: dict[Step, frozenset[Step]] = {
    "sending": frozenset({"transferred", "refused"}),
    "transferred": frozenset({"paying", "bounced"}),
    "paying": frozenset({"paid", "bounced"}),
    "paid": frozenset({"bounced"}),
    "bounced": frozenset({"returned"}),
    "returned": frozenset(),
    "refused": frozenset(),
}

PaperKind = Literal["identity", "tax_form", "account"]
PaperState = Literal["waiting", "accepted", "refused", "replaced"]
PAPER_MOVES: dict[PaperState, frozenset[PaperState]] = {
    "waiting": frozenset({"accepted", "refused", "replaced"}),
    "accepted": frozenset({"replaced"}),
    "refused": frozenset(),
    "replaced": frozenset(),
}
GateName = Literal[
    "identity", "sanctions", "tax_form", "account", "no_stop", "reconciled", "interval", "amount"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """What a payee told of himself: who he is, how he is taxed, where his money goes. Product times.

    `form` is person or company; w9, w8ben or w8bene; the gateway of an account. `hint` are the last four characters
    of what is kept sealed. A form W-8 holds to the end of the third year after it was signed.
    """

    id: str
    person_id: str
    kind: PaperKind
    state: PaperState
    form: str
    name: str
    country: str
    hint: str
    signed_at: datetime | None
    expires_at: datetime | None
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewPaper:
    """What is handed in. `secret` is sealed by the vault: a tax number, an account number."""

    kind: PaperKind
    form: str
    name: str
    country: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of a payout. `state` says what is the matter where it is not passed: none, waiting, refused,
    expired, other_name, short, early, under_way, stopped, unmatched, unscreened, looked_into, confirmed. `until` is
    when it passes by itself."""

    name: GateName
    passed: bool
    state: str = "passed"
    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """All gates in their order, and what may be asked for."""

    gates: Sequence[Gate]
    payable: Money
    least: Money

    @property
    def passed(self) -> bool:
        return all(gate.passed for gate in self.gates)


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way to a creator. Its id is the gateway's idempotency key. Times are product time.

    `accepted`: the gateway has taken it, and what was set aside has moved.
    """

    id: str
    person_id: str
    amount: Money
    gateway: str
    account_id: str
    set_aside: str
    state: State
    asked_at: datetime
    approved_by: str | None
    released_by: str | None
    sent_at: datetime | None
    accepted: bool
    bank_reference: str | None
    settled_at: datetime | None
    reason: str | None
    bank_id: str | None = None
    """Where the connected account pays to, as it was when this was asked for."""
    reversal_asked_by: str | None = None
    """The first of two operators who say that a large one came back."""
    reversal_reason: str | None = None
    reversed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing is paid to a person until an operator lifts it. `source` is operator or what caused it (lst_…)."""

    id: str
    person_id: str
    source: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What the gateway says of a payout: taken, arrived, came back, or never taken.

    Through a connected account it goes by steps, and these are said, too; `waits` is one that cannot be taken now, and
    for a reason. What became known with a step comes along: ids of the gateway, and what arrived on the account.
    """

    state: Literal[
        "accepted", "paid", "failed", "refused", "transferred", "paying", "bounced", "returned", "waits"
    ]  # fmt: skip
    bank_reference: str | None = None
    reason: str | None = None
    transfer_id: str | None = None
    arrived: Money | None = None
    bank_payout_id: str | None = None
    reversal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """A payout's way through a connected account. `tries` counts calls that were refused because of how things stood:
    the next one has a key of its own. `sent_at` is wall clock."""

    payout_id: str
    state: Step
    tries: int
    transfer_id: str | None
    arrived: Money | None
    bank_payout_id: str | None
    reversal_id: str | None
    why: str | None
    sent_at: datetime


class PayoutGateway(Protocol):
    """Whoever pays creators. Calls may raise PayoutGatewayUnavailable, after which the truth is unknown."""

    name: str

    async def send(self, key: str, amount: Money, destination: str) -> Sent:
        """Sends once per key; a repeat answers how that payout stands."""
        ...

    async def find(self, key: str) -> Sent | None:
        """How the payout with this key stands; None where it never arrived there."""
        ...


@dataclass(frozen=True, slots=True)
class PayoutMoved:
    """A payout is in another state, or one of two operators said yes (`step` is approve). Amount in minor units."""

    payout_id: str
    person_id: str
    state: str
    amount: int
    currency: str
    step: str = ""

    @property
    def key(self) -> str:
        return self.payout_id


@dataclass(frozen=True, slots=True)
class PaperJudged:
    """An operator has accepted or refused a paper; why stands on the paper."""

    paper_id: str
    person_id: str
    accepted: bool

    @property
    def key(self) -> str:
        return self.paper_id


@dataclass(frozen=True, slots=True)
class TaxFormExpires:
    """An accepted tax form holds for some weeks more."""

    paper_id: str
    person_id: str
    expires_at: datetime

    @property
    def key(self) -> str:
        return self.person_id


class PayoutBlocked(Conflict):
    """Nothing can be paid out yet: {gates}. See GET /payouts/checklist for what each needs."""


class TooLittle(Refused):
    """A payout is at least {least}, and {payable} can be paid out now."""


class NoSuchPayout(NotFound):
    """There is no payout {payout_id} of yours; see GET /payouts."""


class NoSuchPaper(NotFound):
    """There is no paper {paper_id} to decide on; see GET /payouts/queue."""


class NoSuchStop(NotFound):
    """There is no stop {stop_id} that could be lifted."""


class PayoutMovedOn(Conflict):
    """Payout {payout_id} is {state}, from where it cannot become {wanted}."""


class PaperDecided(Conflict):
    """Paper {paper_id} is {state} already."""


class SecondPersonNeeded(Forbidden):
    """Payouts of this size need two operators who are not the payee: one approves, another one releases."""


class NotYourOwn(Forbidden):
    """You cannot decide on your own papers and payouts; another operator has to."""


class GatesClosed(Conflict):
    """Payout {payout_id} cannot go on: {gates}. It can as soon as that is put right; its payee is shown what is the
    matter. Or cancel it."""


class ReversalAsked(Conflict):
    """You said yourself that payout {payout_id} came back. It took two people to send it: another operator has to say
    so, too."""


class NoReversal(Conflict):
    """Nobody says that payout {payout_id} came back, or it is noted as such already."""


class AccountSwapped(Conflict):
    """The payout account has changed since payout {payout_id} was asked for. Cancel it; the payee asks again."""


class DocumentMissing(Conflict):
    """There is no passport, card, licence or register extract of this payee here. Ask for one, then accept."""


class SentByGateway(Conflict):
    """Payout {payout_id} goes through {gateway}, which says itself what becomes of it; nothing is to be entered by
    hand."""


class DocumentNeeded(Conflict):
    """Your identity was accepted on these documents: they stay until they are erased by themselves."""


class BadPaper(Refused):
    """{reason}"""


class PayoutGatewayUnavailable(Unavailable):
    """The payout gateway does not answer. What became of the payout is being found out; it is not sent twice."""

    retry_after_s = 30
