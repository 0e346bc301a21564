"""Note that a payout which had arrived came back: what took two people to send takes two to bring back.

The money is available to its payee again, so one person's word would otherwise pay anybody twice.
"""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money import ledger
from arena.money.payouts import steps, store
from arena.money.payouts.model import (
    MOVES,
    NoReversal,
    NoSuchPayout,
    NotYourOwn,
    Payout,
    PayoutMovedOn,
    ReversalAsked,
    SentByGateway,
)
from arena.money.payouts.request import tell, there
from arena.people.access import Actor


async def reverse_payout(
    tx: Tx, payout_id: str, *, reason: str, actor: Actor, request_id: str | None = None
) -> Payout:
    """The payout as it then stands: reversed; or, where two operators released it, still paid until another one says
    the same. The payee reads the reason that was given last.

    Raises NoSuchPayout, PayoutMovedOn, NotYourOwn, ReversalAsked, and SentByGateway where the gateway says so itself.
    """
    found = await _arrived(tx, payout_id, actor)
    if found.approved_by is not None and found.reversal_asked_by is None:
        await store.ask_reversal(tx, payout_id, actor.id, reason)
        asked = await there(tx, payout_id)
        await _note(tx, asked, "reversed.asked", reason=reason, actor=actor, request_id=request_id)
        return asked
    if found.reversal_asked_by == actor.id:
        raise ReversalAsked(payout_id=payout_id)
    amount, currency = found.amount.minor, found.amount.currency
    await ledger.post(
        tx, kind=ledger.Kind.PAYOUT_REVERSED, idem=f"{found.id}:reversed", reference=found.id,
        legs=[
            ledger.Leg(f"gateway:{found.gateway}:balance", amount, currency),
            ledger.Leg(f"creator:{found.person_id}:available", -amount, currency),
        ],
    )  # fmt: skip
    await store.set_reversed_by(tx, payout_id, actor.id)
    await store.set_state(tx, payout_id, "reversed", reason=reason)
    moved = await there(tx, payout_id)
    await tell(tx, moved, actor=actor, action="payouts.reversed", request_id=request_id)
    return moved


async def drop_reversal(
    tx: Tx, payout_id: str, *, reason: str, actor: Actor, request_id: str | None = None
) -> Payout:
    """It did not come back: what one operator said is taken back, by him or another one; the payout stays paid.

    Raises NoSuchPayout, PayoutMovedOn, NotYourOwn, SentByGateway, NoReversal.
    """
    found = await _arrived(tx, payout_id, actor)
    if found.reversal_asked_by is None:
        raise NoReversal(payout_id=payout_id)
    await store.drop_reversal(tx, payout_id)
    await _note(tx, found, "drop_reversal", reason=reason, actor=actor, request_id=request_id)
    return await there(tx, payout_id)


async def _arrived(tx: Tx, payout_id: str, actor: Actor) -> Payout:
    """Locked."""
    found = await store.payout(tx, payout_id, lock=True)
    if found is None:
        raise NoSuchPayout(payout_id=payout_id)
    if await steps.steps_of(tx, payout_id) is not None:
        raise SentByGateway(payout_id=payout_id, gateway=found.gateway)
    if "reversed" not in MOVES[found.state]:
        raise PayoutMovedOn(payout_id=payout_id, state=found.state, wanted="reversed")
    if found.person_id == actor.id:
        raise NotYourOwn
    return found


async def _note(
    tx: Tx, one: Payout, act: str, *, reason: str, actor: Actor, request_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"payouts.{act}", object=one.id,
        detail={"person": one.person_id, "amount": str(one.amount), "asked_by": one.reversal_asked_by},
        reason=reason, request_id=request_id,
    )  # fmt: skip
