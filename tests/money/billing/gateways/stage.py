"""Payments made at the local Stripe, from a person with a card to a settled attempt."""

from dataclasses import replace

from arena.kit.db import Database
from arena.kit.ids import fresh
from arena.money import ledger
from arena.money.billing import Attempt, NewCharge, begin_charge, send
from arena.money.billing.model import PaymentMethod
from arena.money.billing.store import insert_method
from arena.money.billing.stripe import StripeGateway
from tests.doubles.stripe_server import StripeServer
from tests.http import person
from tests.money.billing.till import CHARGE


async def buyer(db: Database, gateway: StripeGateway, card: str = "pm_card_visa") -> NewCharge:
    """A person whose card Stripe keeps, and a charge of 99 dollars to it."""
    person_id, _ = await person(db)
    kept = await gateway.keep(card, await gateway.new_customer(person_id))
    async with db.transaction() as tx:
        method = PaymentMethod(fresh("pm"), person_id, "stripe", kept.token, kept.label, tx.now)
        await insert_method(tx, method)
    return replace(CHARGE, person_id=person_id, payment_method_id=method.id, reference=fresh("sub"))


async def begin(db: Database, gateway: StripeGateway, charge: NewCharge) -> Attempt:
    async with db.transaction() as tx:
        return await begin_charge(tx, charge, gateway=gateway)


async def paid(db: Database, gateway: StripeGateway, card: str = "pm_card_visa") -> Attempt:
    attempt = await begin(db, gateway, await buyer(db, gateway, card))
    return await send(db, gateway, attempt.id)


async def balances(db: Database) -> dict[str, int]:
    """Of all accounts that are not at zero, on their normal side; the ledger is sound."""
    async with db.transaction(readonly=True) as tx:
        trial = await ledger.trial_balance(tx)
    assert trial.sound
    return {account.code: account.balance for account in trial.accounts if account.balance}


async def agree(db: Database, server: StripeServer) -> None:
    """What we say Stripe holds is what it says it holds."""
    assert (await balances(db)).get("gateway:stripe:balance", 0) == server.balance
