"""Keys of accounts at exchanges: checked there before they are kept, sealed, replaced, revoked at once."""

from datetime import datetime, timedelta
from decimal import Decimal

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Database, Tx
from arena.kit.ids import derived, fresh
from arena.kit.vault import Vault
from arena.people.access import SYSTEM, Actor
from arena.trading.market import instruments
from arena.trading.orders.live import store
from arena.trading.orders.live.model import (
    KeyMayNotTrade,
    KeyMayWithdraw,
    NoSuchVenueKey,
    NothingInAccount,
    QuoteNotTraded,
    VenueKey,
)
from arena.trading.orders.live.places import Places, Secret
from arena.trading.portfolio import NoSuchAccount, account, open_account, record_flow
from arena.trading.venues import Balance, KeyRights, Venue

PURPOSE = "venue-key"
AT_THE_BEGINNING = "in the account when live trading began"
ASSETS_MAX = 200
NEWS = "venue_key"


def live_account_id(collective_id: str, venue: str) -> str:
    """A collective has one live account at an exchange, whatever keys it had for it."""
    return derived("acc", "live", collective_id, venue)


def seal(vault: Vault, secret: Secret) -> bytes:
    return vault.seal(secret.packed(), PURPOSE)


async def add_key(
    db: Database,
    vault: Vault,
    places: Places,
    collective_id: str,
    *,
    venue: str,
    secret: Secret,
    quote: str,
    actor: Actor,
    request_id: str | None = None,
) -> VenueKey:
    """Asks the exchange what the key may and what the account holds, then keeps it in place of the one in use; the
    first key opens the account. No order is sent.

    Raises VenueNotServed, BadSecret, QuoteNotTraded, KeyMayWithdraw, KeyMayNotTrade, NothingInAccount, and what the
    exchange raises.
    """
    account_id = live_account_id(collective_id, venue)
    async with db.transaction(readonly=True) as tx:
        known = await instruments(tx)
    quotes = {instrument.quote for instrument in known}
    if quote not in quotes:
        raise QuoteNotTraded(quote=quote, known=", ".join(sorted(quotes)))
    opened = places.open(venue, secret, account_id, known)
    try:
        rights = await _check(opened)
        # By the exchange's clock: what was traded there before is not ours to book.
        since = wall_now() + timedelta(milliseconds=opened.health().offset_ms or 0)
        balances = await opened.get_account_balance()
    finally:
        await opened.close()
    if not balances.get(quote, Balance()).total:
        raise NothingInAccount(venue=venue, quote=quote)
    key = VenueKey(
        fresh("vky"), collective_id, account_id, venue, secret.kind, secret.api_key[-4:],
        {"may_trade": rights.may_trade, "may_withdraw": rights.may_withdraw}, wall_now(),
    )  # fmt: skip
    async with db.transaction() as tx:
        await _open(tx, key, quote, {a: b.total for a, b in balances.items()}, fills_since=since)
        await store.revoke_keys(tx, account_id, key.added_at, "replaced by another")
        await store.insert_key(tx, key, seal(vault, secret))
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="live.add_key", object=key.id,
            detail={"venue": venue, "account_id": account_id, "rights": key.rights},
            request_id=request_id,
        )  # fmt: skip
        tx.tell(f"{NEWS}:{account_id}")
    return key


async def revoke_key(
    tx: Tx,
    collective_id: str,
    key_id: str,
    reason: str,
    *,
    actor: Actor,
    request_id: str | None = None,
) -> VenueKey:
    """The secret is forgotten at once; nothing more is sent with it. Orders that are open at the exchange stay open.

    Raises NoSuchVenueKey.
    """
    found = await store.key(tx, key_id)
    if found is None or found.collective_id != collective_id:
        raise NoSuchVenueKey(key_id=key_id)
    if await store.revoke_keys(tx, found.account_id, wall_now(), reason, key_id=key_id):
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="live.revoke_key", object=key_id,
            reason=reason, request_id=request_id,
        )  # fmt: skip
        tx.tell(f"{NEWS}:{found.account_id}")
    revoked = await store.key(tx, key_id)
    assert revoked is not None, "keys are never deleted"
    return revoked


async def _check(venue: Venue) -> KeyRights:
    rights = await venue.get_rights()
    if rights.may_withdraw:
        raise KeyMayWithdraw(venue=venue.name)
    if rights.may_trade is False:
        raise KeyMayNotTrade(venue=venue.name)
    return rights


async def _open(
    tx: Tx, key: VenueKey, quote: str, held: dict[str, Decimal], *, fills_since: datetime
) -> None:
    """The account, with what the exchange says it holds; what is there besides its own currency was put in at once."""
    try:
        await account(tx, key.account_id)
    except NoSuchAccount:
        pass
    else:
        return
    await open_account(
        tx, id=key.account_id, kind="collective", owner_id=key.collective_id, quote=quote,
        opening_cash=held[quote], venue=key.venue,
    )  # fmt: skip
    others = sorted(asset for asset, quantity in held.items() if quantity and asset != quote)
    for asset in others[:ASSETS_MAX]:
        await record_flow(
            tx, key.account_id, asset, held[asset], note=AT_THE_BEGINNING, actor=SYSTEM
        )
    await store.keep_check(tx, key.account_id, wall_now(), fills_since, "opened")
