"""Begin a charge and see it through: intent first and committed, then the gateway, then the settlement.

tx 1   begin_charge   the attempt is written as `sending`; its id is the gateway's idempotency key
no tx  collect        the gateway is called; a crash here leaves `sending`, which the janitor heals
tx 2   settle         the attempt moves on; a success is in the ledger in the same transaction
"""

from dataclasses import replace
from datetime import timedelta

from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.money import buyers
from arena.money.billing import store
from arena.money.billing.model import Attempt, ChargeUnderWay, Gateway, NewCharge, Outcome
from arena.money.billing.settle import settle

KEY_HOLDS = timedelta(hours=23)  # Stripe keeps keys for 24 hours


async def begin_charge(tx: Tx, charge: NewCharge, *, gateway: Gateway) -> Attempt:
    """Writes the intent. Where a live attempt for the same reference and period exists, that one is given.

    After failed attempts the next gets a new number, hence a new key: a declined key stays declined.
    """
    earlier = await store.attempts(tx, charge.reference, charge.period_start)
    if earlier and earlier[-1].state != "failed":
        return earlier[-1]
    if charge.debt is None:
        charge = replace(charge, tax=await buyers.tax_for(tx, charge.person_id))
    number = len(earlier) + 1
    attempt_id = derived("pay", charge.reference, iso_ms(charge.period_start), number)
    await store.insert_attempt(tx, attempt_id, charge, number=number, gateway=gateway.name)
    # Where another transaction was quicker, its attempt for this period is the one.
    return (await store.attempts(tx, charge.reference, charge.period_start))[-1]


async def under_way(tx: Tx, reference: str) -> Attempt | None:
    """The attempt for a reference that is not settled yet."""
    return await store.open_attempt_of(tx, reference, lock=False)


async def first_attempt(tx: Tx, reference: str) -> Attempt:
    """The attempt a reference began with."""
    return await store.first_attempt(tx, reference)


async def collect(gateway: Gateway, attempt: Attempt) -> Outcome:
    """Calls the gateway, in no transaction. Raises GatewayUnavailable; then ask again, the key is the same.

    A gateway forgets keys after a day; an old one is looked for before it is sent again. What is known to have gone
    through is not asked for again. What is not wanted any more is not sent: raises ChargeUnderWay until the janitor
    has found out that it never arrived.
    """
    if attempt.state == "succeeded":
        return Outcome("succeeded", attempt.charge_id or "")
    if attempt.state == "requires_action":
        found = await gateway.find(attempt.id, charge_id=attempt.charge_id)
        assert found is not None, f"the gateway forgot {attempt.id}"
        return found
    if attempt.unwanted:
        found = await gateway.find(attempt.id, charge_id=attempt.charge_id)
        if found is None:
            raise ChargeUnderWay(reference=attempt.charge.reference)
        return found
    if attempt.card_gateway not in (None, gateway.name):
        return Outcome("declined", "", "card_of_another_gateway")
    if attempt.sent_at is not None and wall_now() - attempt.sent_at >= KEY_HOLDS:
        found = await gateway.find(attempt.id)
        if found is not None:
            return found
    return await gateway.charge(attempt.id, attempt.charge.amount, attempt.token)


async def send(db: Database, gateway: Gateway, attempt_id: str) -> Attempt:
    """Collects and settles an attempt that was begun; harmless to repeat. Raises GatewayUnavailable."""
    async with db.transaction() as tx:
        attempt = await store.attempt(tx, attempt_id)
    assert attempt is not None, f"no attempt {attempt_id}"
    if attempt.state in ("succeeded", "failed"):
        return attempt
    outcome = await collect(gateway, attempt)
    async with db.transaction() as tx:
        return await settle(tx, attempt_id, outcome)


async def no_longer_wanted(tx: Tx, reference: str) -> bool:
    """Whoever wanted what is charged for a reference has canceled, in this very transaction: the janitor gives an open
    charge up instead of sending it. Where it goes through all the same, that counts. False where nothing is open."""
    return await store.no_longer_wanted(tx, reference)


async def abandon(db: Database, gateway: Gateway, reference: str) -> Attempt | None:
    """Gives up what is still open for a reference; None where nothing is.

    The gateway decides a race with the customer: where the charge went through meanwhile, the attempt
    comes back as succeeded and counts. Raises GatewayUnavailable, and ChargeUnderWay where the charge may
    just be on its way to the gateway: giving it up here could lose money that is then taken there.
    """
    async with db.transaction() as tx:
        attempt = await store.open_attempt_of(tx, reference)
    if attempt is None:
        return None
    if attempt.state == "sending":
        found = await gateway.find(attempt.id, charge_id=attempt.charge_id)
        if found is None:
            raise ChargeUnderWay(reference=reference)
        async with db.transaction() as tx:
            attempt = await settle(tx, attempt.id, found)
        if attempt.state != "requires_action":
            return attempt
    outcome = await gateway.abandon(attempt.id, charge_id=attempt.charge_id)
    async with db.transaction() as tx:
        return await settle(tx, attempt.id, outcome)
