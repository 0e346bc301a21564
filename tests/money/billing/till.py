"""A person with a card, and charges to try."""

from dataclasses import replace
from datetime import UTC, datetime

from arena.kit.db import Database, Tx
from arena.kit.money import Money
from arena.money.billing import Attempt, FakeGateway, NewCharge, begin_charge
from arena.money.billing.methods import add_payment_method
from arena.people.access import Actor
from tests.http import person

JANUARY = datetime(2022, 1, 1, tzinfo=UTC)
CHARGE = NewCharge(
    reference="sub_1", period_start=JANUARY, person_id="", payee_id="usr_creator",
    payment_method_id="", amount=Money(9900), platform_bps=1500,
)  # fmt: skip


async def buyer(db: Database, card: str = "4242424242424242") -> NewCharge:
    """A new person with this card, and the charge of 99 dollars to it."""
    person_id, _ = await person(db)
    async with db.transaction() as tx:
        method = await add_payment_method(
            tx, gateway=FakeGateway(db), number=card, actor=Actor("person", person_id)
        )
    return replace(CHARGE, person_id=person_id, payment_method_id=method.id)


async def begin(db: Database, charge: NewCharge) -> Attempt:
    async with db.transaction() as tx:
        return await begin_charge(tx, charge, gateway=FakeGateway(db))


async def facts(tx: Tx, kind: str) -> int:
    count: int = await tx.fetchval("select count(*) from fact where kind = $1", kind)
    return count


async def charges(tx: Tx) -> list[str]:
    """States of all charges in the gateway's own books."""
    return [row["state"] for row in await tx.fetch("select state from fake_charge order by at")]
