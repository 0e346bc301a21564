"""What the payout routes answer: plain shapes, whole cents, times as text."""

from datetime import datetime

from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.payouts.model import Checklist, Paper, Payout, Stop


class PayoutView(BaseModel):
    """A payout. Times are product time; `amount` is whole cents."""

    id: str = Field(examples=["pyo_0123456789abcdefghjkmnpqrs"])
    person_id: str
    amount: int
    currency: str = Field(examples=["USD"])
    gateway: str = Field(examples=["fake"])
    state: str = Field(
        description="requested, reserved, in_transit, paid, failed, cancelled or reversed."
    )
    asked_at: str
    approved_by: str | None
    released_by: str | None
    sent_at: str | None
    settled_at: str | None
    bank_reference: str | None
    reason: str | None
    reversal_asked_by: str | None = Field(
        None, description="The operator who says that a large one came back; another one has to."
    )


class PayoutGateView(BaseModel):
    """One condition of a payout."""

    name: str = Field(examples=["tax_form"])
    passed: bool
    state: str = Field(
        description="passed; or none, waiting, refused, expired, other_name, other_gateway, stopped, unmatched,"
        " under_way, early, short, unscreened, looked_into, confirmed."
    )
    detail: str
    until: str | None = Field(description="When it passes by itself.")


class ChecklistView(BaseModel):
    """All conditions, and what may be asked for, in whole cents."""

    passed: bool
    payable: int
    least: int
    gates: list[PayoutGateView]


class PaperView(BaseModel):
    """A paper of a payee; of its secret the last four characters."""

    id: str = Field(examples=["ppr_0123456789abcdefghjkmnpqrs"])
    person_id: str
    kind: str = Field(description="identity, tax_form or account.")
    state: str = Field(description="waiting, accepted, refused or replaced.")
    form: str
    name: str
    country: str
    hint: str
    expires_at: str | None
    at: str
    reason: str | None


class PayoutStopView(BaseModel):
    """Why nothing is paid to a person for now."""

    id: str = Field(examples=["pst_0123456789abcdefghjkmnpqrs"])
    person_id: str
    source: str
    reason: str
    at: str


class QueueView(BaseModel):
    """What waits for operators, whoever has waited longest first."""

    under_way: list[PayoutView] = Field(
        description="What waits for an operator, and the first hundred that go on by themselves."
    )
    come_back: list[PayoutView] = Field(
        description="Of which one of two operators says that they came back."
    )
    closed: dict[str, list[str]] = Field(
        description="The gates that keep a payout from going on, by its id."
    )
    next: str | None = Field(description="Goes on as `after`; null: nothing more waits.")
    papers: list[PaperView]
    stops: list[PayoutStopView]


def payout_view(found: Payout) -> PayoutView:
    return PayoutView(
        id=found.id, person_id=found.person_id, amount=found.amount.minor, currency=found.amount.currency,
        gateway=found.gateway, state=found.state, asked_at=iso_ms(found.asked_at),
        approved_by=found.approved_by, released_by=found.released_by, sent_at=_iso(found.sent_at),
        settled_at=_iso(found.settled_at), bank_reference=found.bank_reference, reason=found.reason,
        reversal_asked_by=found.reversal_asked_by,
    )  # fmt: skip


def checklist_view(found: Checklist) -> ChecklistView:
    return ChecklistView(
        passed=found.passed, payable=found.payable.minor, least=found.least.minor,
        gates=[
            PayoutGateView(
                name=g.name, passed=g.passed, state=g.state, detail=g.detail, until=_iso(g.until)
            )
            for g in found.gates
        ],
    )  # fmt: skip


def paper_view(found: Paper) -> PaperView:
    return PaperView(
        id=found.id, person_id=found.person_id, kind=found.kind, state=found.state, form=found.form,
        name=found.name, country=found.country, hint=found.hint, expires_at=_iso(found.expires_at),
        at=iso_ms(found.at), reason=found.reason,
    )  # fmt: skip


def stop_view(found: Stop) -> PayoutStopView:
    return PayoutStopView(
        id=found.id, person_id=found.person_id, source=found.source, reason=found.reason, at=iso_ms(found.at)
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso_ms(at)
