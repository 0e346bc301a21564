"""Webhooks: each event is kept once, in the transaction of the answer; the row is the job that heeds it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import structlog

from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError
from arena.kit.money import Money
from arena.money.billing import book, connected, store
from arena.money.billing.dispute import Told, dispute_stands
from arena.money.billing.foreign import adopt_refund
from arena.money.billing.model import Gateway, GatewayUnavailable, WebhookMisdirected
from arena.money.billing.refund import settle_refund
from arena.money.billing.settle import settle
from arena.money.billing.stripe import (
    DisputeNews,
    Event,
    ForeignRefund,
    PaymentNews,
    RefundNews,
    StripeConnect,
    StripeGateway,
    StripeNews,
    hear,
)

# How long an event that could not be heeded waits, by how often it failed; then an operator decides. Two days in all.
WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 120, 240, 480, 720, 1440)
)
KEPT_DAYS = 30
NEWS = "gateway_event"
Via = Literal["webhook", "poll"]
OfPayouts = Callable[[str], Awaitable[int]]
"""Asks after the payouts of a connected account, by its id; how many moved."""
log = structlog.get_logger()


async def receive(tx: Tx, gateway: str, event: Event, *, via: Via = "webhook") -> bool:
    """False where it came before. Raises WebhookMisdirected where it is about an account that is none of ours."""
    if event.account is not None and not await connected.is_ours(tx, event.account):
        raise WebhookMisdirected(account=event.account)
    made = await tx.fetchval(
        """insert into gateway_event (gateway, id, kind, object_id, account, via) values ($1, $2, $3, $4, $5, $6)
           on conflict do nothing returning id""",
        gateway, event.id, event.kind, event.object_id, event.account, via,
    )  # fmt: skip
    if made is not None:
        tx.tell(NEWS)
    return made is not None


async def heed(
    db: Database,
    gateway: Gateway,
    *,
    connect: StripeConnect | None = None,
    of_payouts: OfPayouts | None = None,
) -> int:
    """Looks at what open events are about, outside of any transaction, and applies how it stands; how many were
    handled. One whose payment comes first is looked at again at the end of the round. One that cannot be handled waits,
    longer each time, and is at last left to an operator with its reason. What happened on a connected account is
    looked at with `connect`, and payouts from one are left to `of_payouts`."""
    name = connect.name if connect is not None else gateway.name
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            """select id, kind, object_id, account from gateway_event
               where gateway = $1 and handled_at is null and given_up_at is null
                 and coalesce(next_at, '-infinity') <= clock_timestamp() order by tries, received_at, id limit 100""",
            name,
        )
    line = [Event(row["id"], row["kind"], row["object_id"], row["account"]) for row in rows]
    early: set[str] = set()
    handled = 0
    for event in line:
        try:
            await _handle(db, name, event, lambda e: _said(db, gateway, connect, of_payouts, e))
            handled += 1
        except GatewayUnavailable:
            log.warning("payment gateway does not answer; its events wait", waiting=len(line))
            break
        except Exception as broken:  # noqa: BLE001 - the edge of a job: one event must not hold up the others
            if isinstance(broken, PaymentComesFirst) and event.id not in early:
                early.add(event.id)
                line.append(event)
                continue
            log.error(
                "an event of the gateway cannot be heeded", event_id=event.id, error=repr(broken)
            )
            await _wait(db, name, event.id, broken)
    return handled


async def _said(
    db: Database,
    gateway: Gateway,
    connect: StripeConnect | None,
    of_payouts: OfPayouts | None,
    event: Event,
) -> StripeNews | str:
    """What an event comes to: news to apply, or a word where all is done."""
    if connect is not None and event.kind.startswith("account."):
        account = event.account or event.object_id
        return (
            await connected.look(db, connect, account)
            if account.startswith("acct_")
            else "nothing to do"
        )
    if event.account is not None:
        if of_payouts is None or not event.kind.startswith("payout."):
            return "nothing to do"
        return f"{await of_payouts(event.account)} payouts moved"
    if not isinstance(gateway, StripeGateway):
        return "nothing to do"
    return await hear(gateway, event.kind, event.object_id) or "nothing to do"


async def _handle(
    db: Database, name: str, event: Event, look: Callable[[Event], Awaitable[StripeNews | str]]
) -> None:
    news = await look(event)
    async with db.transaction() as tx:
        said = news if isinstance(news, str) else await apply_news(tx, name, news)
        await tx.execute(
            """update gateway_event set handled_at = clock_timestamp(), said = $3, tries = tries + 1
               where gateway = $1 and id = $2""",
            name, event.id, said,
        )  # fmt: skip


async def apply_news(tx: Tx, gateway: str, news: StripeNews) -> str:
    """Applies how an object of the gateway stands; what came of it in a word. Repeatable, in any order."""
    if isinstance(news, PaymentNews):
        if await store.attempt(tx, news.attempt_id) is None:
            return "not of this arena"
        return (await settle(tx, news.attempt_id, news.outcome)).state
    if isinstance(news, RefundNews):
        if await book.refund(tx, news.refund_id) is None:
            return "not of this arena"
        return (await settle_refund(tx, news.refund_id, news.refunded)).state
    attempt_id = await book.attempt_of_charge(tx, gateway, news.charge_id) or news.attempt_id
    attempt = await store.attempt(tx, attempt_id)
    if attempt is None or attempt.gateway != gateway:
        return "not of this arena"
    if attempt.state != "succeeded":
        raise PaymentComesFirst(attempt_id=attempt_id)
    if isinstance(news, ForeignRefund):
        return (await adopt_refund(tx, attempt_id, gateway, news)).state
    assert isinstance(news, DisputeNews)
    told = Told(news.dispute_id, Money(news.amount, news.currency), news.fee, news.fee_back)
    return (await dispute_stands(tx, attempt_id, told, news.state)).state


async def prune_events(db: Database) -> int:
    """Forgets what was handled a month ago, which a gateway does not list any more either; how many."""
    async with db.transaction() as tx:
        gone = await tx.fetch(
            """delete from gateway_event where handled_at < clock_timestamp() - make_interval(days => $1)
               returning id""",
            KEPT_DAYS,
        )
    return len(gone)


class PaymentComesFirst(ArenaError):
    """The payment {attempt_id} is disputed or given back before it is known to have gone through; it is looked at
    again."""


async def _wait(db: Database, gateway: str, event_id: str, broken: Exception) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            """update gateway_event set tries = tries + 1, said = $3,
                 next_at = clock_timestamp() + ($4::interval[])[tries + 1],
                 given_up_at = case when tries >= cardinality($4::interval[]) then clock_timestamp() end
               where gateway = $1 and id = $2""",
            gateway, event_id, f"{type(broken).__name__}: {broken}"[:500], list(WAITS),
        )  # fmt: skip
