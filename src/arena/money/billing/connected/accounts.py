"""Open a creator's account at the gateway, send him there to fill it in, and look how it stands.

tx 1   open_account   the account is written down; its id is the gateway's idempotency key
no tx                 the gateway makes it, once; one whose answer was lost is looked for first
tx 2                  its name there is kept
       look           it is fetched as it stands: whatever was told, in whatever order, the newest look counts
"""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.ids import derived
from arena.money.billing.connected import store
from arena.money.billing.connected.model import (
    ConnectedAccount,
    ConnectedForm,
    NoConnectedAccount,
)
from arena.money.billing.stripe import StripeConnect
from arena.people.access import Actor

DAY = timedelta(days=1)
STALE_S = 6 * 3600.0
BATCH = 50


async def open_account(
    db: Database,
    connect: StripeConnect,
    *,
    country: str,
    form: ConnectedForm,
    actor: Actor,
    request_id: str | None = None,
) -> ConnectedAccount:
    """The actor's account; made where there is none. Repeatable: he has one. Raises GatewayUnavailable."""
    async with db.transaction() as tx:
        name = derived("cac", actor.id, connect.name)
        first = await store.insert(tx, name, actor.id, connect.name, country=country, form=form)
        if first:
            await audit.record(
                tx, actor=actor.id, actor_kind=actor.kind, action="billing.open_account", object=name,
                detail={"gateway": connect.name, "country": country, "form": form}, reason=None, request_id=request_id,
            )  # fmt: skip
        there = await store.account_of(tx, actor.id, connect.name)
    assert there is not None
    if there.account_id is None:
        # An earlier call whose end nobody saw is looked for first: Stripe answers its key the same, also an error.
        made = None if first else await connect.find_account(there.id, since=there.asked_at - DAY)
        made = made or await connect.new_account(
            there.id, country=there.country, company=there.form == "company"
        )
        async with db.transaction() as tx:
            await store.name(tx, there.id, made)
            there = await store.account_of(tx, actor.id, connect.name)
    assert there is not None
    return there


async def onboarding(
    db: Database, connect: StripeConnect, *, actor: Actor, back: str, again: str
) -> str:
    """The gateway's page where the actor fills in what is due, good for minutes. Raises NoConnectedAccount,
    GatewayUnavailable."""
    return await connect.onboarding(await _named(db, connect, actor), back=back, again=again)


async def dashboard(db: Database, connect: StripeConnect, *, actor: Actor) -> str:
    """The gateway's page of the actor's account, where he changes his bank account. Raises NoConnectedAccount,
    GatewayUnavailable."""
    return await connect.dashboard(await _named(db, connect, actor))


async def look(db: Database, connect: StripeConnect, account_id: str) -> str:
    """Fetches how an account stands and writes it down; what came of it in a word. Raises GatewayUnavailable."""
    found = await connect.account(account_id)
    async with db.transaction() as tx:
        before = await store.keep(tx, found)
        if before is None:
            return "not of this arena"
        now = await store.account_of(tx, before.person_id, before.gateway)
        assert now is not None
        if (now.ready, now.bank_id, now.problem) != (before.ready, before.bank_id, before.problem):
            await audit.record(
                tx, actor="system", actor_kind="system", action="billing.account_changed", object=now.id,
                detail={"ready": now.ready, "due": len(now.due), "bank": now.bank_words, "problem": now.problem},
                reason=None, request_id=None,
            )  # fmt: skip
    return "ready" if now.ready else "not ready"


async def look_at_due(db: Database, connect: StripeConnect, *, stale_s: float = STALE_S) -> int:
    """Looks at accounts that nobody has looked at for long: what was told of them may have been lost."""
    async with db.transaction(readonly=True) as tx:
        names = await store.stale(tx, connect.name, older_than_s=stale_s, limit=BATCH)
    for name in names:
        await look(db, connect, name)
    return len(names)


async def _named(db: Database, connect: StripeConnect, actor: Actor) -> str:
    async with db.transaction(readonly=True) as tx:
        there = await store.account_of(tx, actor.id, connect.name)
    if there is None or there.account_id is None:
        raise NoConnectedAccount
    return there.account_id
