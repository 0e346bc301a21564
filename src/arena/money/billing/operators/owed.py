"""What customers are owed: why it does not go back by itself, another try, and what an operator sends by his bank."""

from dataclasses import dataclass
from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.errors import Conflict, NotFound
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import trouble
from arena.money.billing.manual import ManualGateway
from arena.money.billing.model import BANK
from arena.money.billing.owed import owed_for, owed_intent
from arena.money.billing.refund import RefundWish, ask_refund, settle_refund
from arena.people.access import Actor

REASON = "owed, and sent by bank transfer"
PEOPLE_MAX = 200


@dataclass(frozen=True, slots=True)
class Owed:
    """What a person is owed for one thing. `attempt_id` is the newest payment it could go back by, None where nothing
    is left of any; `failure` why the gateway refused it, `failures` how often, `next_at` (wall clock) when it is tried
    again by itself: None with a failure means that an operator decides."""

    person_id: str
    reference: str
    amount: Money
    attempt_id: str | None
    gateway: str | None
    failure: str | None
    failures: int
    next_at: datetime | None

    def waits_for_operator(self, gateways: frozenset[str]) -> bool:
        """Whether it does not go back by itself through any of these."""
        return self.gateway not in gateways or (self.failure is not None and self.next_at is None)


class NothingOwed(NotFound):
    """Nobody is owed anything for {reference}, or a refund of it is under way; see GET /owed."""


class OwedMoved(Conflict):
    """By now {amount} is owed for {reference}; look again before you send it."""


class NoTrouble(NotFound):
    """Nothing that is owed for the payment {attempt_id} was refused; it goes back by itself."""


async def what_is_owed(tx: Tx) -> list[Owed]:
    """By person, those with the largest account first (at most 200 people)."""
    rows = await tx.fetch(
        """select split_part(code, ':', 2) as person_id, code, currency,
             credits_posted - debits_posted - debits_pending as free
           from ledger_account where code like 'customer:%:refund_due'
             and credits_posted - debits_posted - debits_pending > 0 order by free desc, code limit $1""",
        PEOPLE_MAX,
    )
    found = []
    for row in rows:
        free = row["free"]
        for reference, amount in sorted((await owed_for(tx, row["code"])).items()):
            if (amount := min(amount, free)) > 0:
                found.append(await _owed(tx, row["person_id"], reference, Money(amount, row["currency"])))  # fmt: skip
                free -= amount
    return found


async def retry_owed(
    tx: Tx, attempt_id: str, *, actor: Actor, request_id: str | None = None
) -> None:
    """The gateway is asked once more within the hour. Raises NoTrouble."""
    if not await trouble.try_again(tx, attempt_id):
        raise NoTrouble(attempt_id=attempt_id)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.retry_owed", object=attempt_id, detail={},
        reason=None, request_id=request_id,
    )  # fmt: skip


async def sent_by_hand(
    tx: Tx,
    owed: tuple[str, str, Money],
    *,
    bank_reference: str,
    intent: str,
    actor: Actor,
    request_id: str | None = None,
) -> None:
    """An operator has sent a person all that he is owed for one thing (`owed`: whom, what for, how much) by his bank.
    It counts against the newest payments for it, as a refund by their gateway would.

    Raises NothingOwed, OwedMoved, ledger.Overdrawn.
    """
    person_id, reference, amount = owed
    due = f"customer:{person_id}:refund_due"
    rows = await tx.fetch(
        """select id, amount - refunded - disputed as left from payment_attempt
           where person_id = $1 and reference = $2 and state = 'succeeded' and amount > refunded + disputed
           order by period_start desc, id for update""",
        person_id, reference,
    )  # fmt: skip
    free = (await ledger.free_balance(tx, due)).minor
    now = min(free, (await owed_for(tx, due)).get(reference, 0))
    if now <= 0:
        raise NothingOwed(reference=reference)
    if now != amount.minor:
        raise OwedMoved(amount=str(Money(now, amount.currency)), reference=reference)
    left = now
    for row in rows:
        part = Money(min(left, row["left"]), amount.currency)
        if part.minor:
            await _refund_by_hand(tx, row["id"], part, bank_reference, actor)
        left -= part.minor
    if left:  # nothing of any payment is left for it, e.g. it came after its charge was given up
        key = derived("ref", actor.id, intent)
        await _send(tx, owed, Money(left, amount.currency), key, bank_reference)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.sent_owed", object=reference,
        detail={"person": person_id, "amount": str(amount), "bank_reference": bank_reference}, reason=None,
        request_id=request_id,
    )  # fmt: skip


async def _refund_by_hand(
    tx: Tx, attempt_id: str, part: Money, bank_reference: str, actor: Actor
) -> None:
    intent = await owed_intent(tx, attempt_id, part.minor)
    wish = RefundWish(attempt_id, intent, REASON, part, owed=True, by_hand=True)
    asked = await ask_refund(tx, wish, actor=actor)
    answer = await ManualGateway.book_sent(tx, asked.id, part, bank_reference)
    await settle_refund(tx, asked.id, answer)


async def _send(
    tx: Tx, owed: tuple[str, str, Money], rest: Money, key: str, bank_reference: str
) -> None:
    person_id, reference, _ = owed
    due = f"customer:{person_id}:refund_due"
    await ManualGateway.book_sent(tx, key, rest, bank_reference)
    await ledger.post(
        tx, kind=ledger.Kind.REFUND_ISSUED, idem=key, reference=reference,
        legs=[
            ledger.Leg(due, rest.minor, rest.currency),
            ledger.Leg(f"gateway:{BANK}:balance", -rest.minor, rest.currency),
        ],
    )  # fmt: skip


async def _owed(tx: Tx, person_id: str, reference: str, amount: Money) -> Owed:
    row = await tx.fetchrow(
        """select a.id, a.gateway, t.failure, coalesce(t.failures, 0) as failures, t.next_at
           from payment_attempt a left join refund_trouble t on t.attempt_id = a.id
           where a.person_id = $1 and a.reference = $2 and a.state = 'succeeded' and a.amount > a.refunded + a.disputed
           order by a.period_start desc, a.id limit 1""",
        person_id, reference,
    )  # fmt: skip
    if row is None:
        return Owed(person_id, reference, amount, None, None, None, 0, None)
    return Owed(
        person_id, reference, amount, row["id"], row["gateway"], row["failure"], row["failures"], row["next_at"]
    )  # fmt: skip
