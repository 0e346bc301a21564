"""A creator with money and papers, and operators who decide: what tests of earnings, payouts and statements share."""

from datetime import timedelta

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import earnings, ledger, payouts
from arena.people.access import Actor, scopes_of
from tests.http import person


async def actor(db: Database, *roles: str) -> Actor:
    person_id, _ = await person(db, *roles)
    return Actor("person", person_id, scopes_of(roles))


def pass_time(db: Database, span: timedelta) -> None:
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(db.clock.now() + span)


async def earn(
    db: Database, creator_id: str, amount: int, *, idem: str = "pay_1", reference: str = "sub_1"
) -> None:
    """A charge went through of which the creator gets `amount` and the arena a tenth of that."""
    fee = amount // 10
    legs = [
        ledger.Leg("gateway:fake:balance", amount + fee),
        ledger.Leg(f"creator:{creator_id}:pending", -amount),
    ]
    if fee:
        legs.append(ledger.Leg("platform:fee_income", -fee))
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PAYMENT_CAPTURED, idem=idem, reference=reference, legs=legs
        )


async def take_back(
    db: Database, creator_id: str, amount: int, *, idem: str, reference: str = "sub_1"
) -> None:
    """The creator's part of a refund."""
    async with db.transaction() as tx:
        legs = await earnings.taken_back(tx, creator_id, reference=reference, amount=amount)
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_ISSUED, idem=idem, reference=reference,
            legs=[*legs, ledger.Leg("gateway:fake:balance", -amount)],
        )  # fmt: skip


async def balances(db: Database, creator_id: str) -> dict[str, int]:
    """By the last word of the account; those at zero are left out. The ledger is sound."""
    async with db.transaction() as tx:
        assert (await ledger.trial_balance(tx)).sound
        found = await ledger.balances(tx, f"creator:{creator_id}:")
    return {each.code.rsplit(":", 1)[1]: each.balance for each in found if each.balance}


PAPERS = (
    payouts.NewPaper("identity", "person", "Ada Maker", "DE"),
    payouts.NewPaper("tax_form", "w8ben", "Ada Maker", "DE", "12 345 678"),
    payouts.NewPaper("account", "fake", "Ada Maker", "DE", "DE02 1203 0000 0000 2020 51"),
)


async def with_papers(
    db: Database, settings: Settings, creator: Actor, operator: Actor, *new: payouts.NewPaper
) -> None:
    """Hands the papers in and has them accepted; all three where none is given."""
    for each in new or PAPERS:
        async with db.transaction() as tx:
            paper = await payouts.hand_in(tx, settings.vault, each, actor=creator)
            await payouts.decide_paper(tx, paper.id, accept=True, actor=operator, reason=None)


async def matured(
    db: Database, settings: Settings, creator_id: str, amount: int, *, idem: str = "pay_1",
    reference: str = "sub_1",
) -> None:  # fmt: skip
    """Money whose hold is over."""
    await earn(db, creator_id, amount, idem=idem, reference=reference)
    pass_time(db, timedelta(days=settings.payout_hold_days, seconds=1))
    await earnings.mature_due(db, earnings.Hold.of(settings).wait)
