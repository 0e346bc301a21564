"""A payee's account at the payment provider: opened and named as his payout account, then filled in over there.

Its number is sealed like a bank account's. Nobody hands one in by himself: only one that was opened here is paid to.
What the provider still asks for, `billing.connected` knows.
"""

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.settings import Settings
from arena.kit.vault import Vault
from arena.money import billing
from arena.money.billing import connected
from arena.money.payouts import store
from arena.money.payouts.model import NewPaper
from arena.money.payouts.papers import PURPOSE
from arena.people import identity
from arena.people.access import Actor

BACK, AGAIN = "/studio/payouts/account", "/studio/payouts/account?again=yes"
COUNTRIES = frozenset({
    "AT", "AU", "BE", "BG", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HK", "HR",
    "HU", "IE", "IT", "JP", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SG", "SI", "SK",
    "US",
})  # fmt: skip
"""Where Stripe opens such accounts; https://docs.stripe.com/connect/cross-border-payouts and its list of countries."""


def connect_of(settings: Settings) -> billing.StripeConnect:
    """Raises NoConnectedAccounts where creators are paid in another way."""
    found = billing.stripe_connect(settings) if settings.payout_gateway == "stripe" else None
    if found is None:
        raise connected.NoConnectedAccounts
    return found


async def open_payout_account(
    db: Database,
    settings: Settings,
    *,
    country: str,
    form: connected.ConnectedForm,
    actor: Actor,
    request_id: str | None = None,
) -> str:
    """The provider's page where the actor goes on, good for minutes. Harmless to repeat: he has one account.

    Raises NoConnectedAccounts, GatewayUnavailable.
    """
    connect = connect_of(settings)
    made = await connected.open_account(
        db, connect, country=country, form=form, actor=actor, request_id=request_id
    )
    async with db.transaction() as tx:
        await _name(tx, settings.vault, made, actor=actor, request_id=request_id)
    return await connected.onboarding(db, connect, actor=actor, back=BACK, again=AGAIN)


async def look_at_account(
    db: Database, settings: Settings, *, actor: Actor
) -> connected.ConnectedAccount | None:
    """How the actor's account stands now; None where he has none. Where the provider does not answer, how it stood.

    Raises NoConnectedAccounts.
    """
    connect = connect_of(settings)
    async with db.transaction(readonly=True) as tx:
        there = await connected.account_of(tx, actor.id, connect.name)
    if there is None or there.account_id is None:
        return there
    try:
        await connected.look(db, connect, there.account_id)
    except billing.GatewayUnavailable:
        return there
    async with db.transaction(readonly=True) as tx:
        return await connected.account_of(tx, actor.id, connect.name)


async def _name(
    tx: Tx, vault: Vault, made: connected.ConnectedAccount, *, actor: Actor, request_id: str | None
) -> None:
    """The account becomes the payee's payout account, in the name of his identity; an earlier paper is replaced."""
    assert made.account_id is not None
    papers = await store.papers(tx, actor.id)
    known = papers.get("identity")
    name = known.name if known is not None else (await identity.person(tx, actor.id)).name
    there = papers.get("account")
    if there is not None and (there.form, there.state, there.name) == (
        made.gateway,
        "accepted",
        name,
    ):
        return
    number = await tx.fetchval(
        "select count(*) from payee_paper where person_id = $1 and kind = 'account'", actor.id
    )
    paper_id = derived("ppr", actor.id, "account", number)
    await store.insert_paper(
        tx, paper_id, actor.id, NewPaper("account", made.gateway, name, made.country), state="accepted",
        sealed=vault.seal(made.account_id.encode(), f"{PURPOSE} {paper_id}"), hint=made.account_id[-4:],
        expires_at=None,
    )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="payouts.hand_in_account", object=paper_id,
        detail={"form": made.gateway, "country": made.country, "hint": made.account_id[-4:]}, reason=None,
        request_id=request_id,
    )  # fmt: skip
