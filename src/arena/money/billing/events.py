"""Webhooks: each event is kept once, in the transaction of the answer; the row is the job that heeds it."""

import structlog

from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError
from arena.kit.money import Money
from arena.money.billing import book, store
from arena.money.billing.dispute import dispute_stands
from arena.money.billing.model import Gateway, GatewayUnavailable
from arena.money.billing.refund import settle_refund
from arena.money.billing.settle import settle
from arena.money.billing.stripe import (
    DisputeNews,
    Event,
    PaymentNews,
    RefundNews,
    StripeGateway,
    StripeNews,
    hear,
)

TRIES_MAX = 10
NEWS = "gateway_event"
log = structlog.get_logger()


async def receive(tx: Tx, gateway: str, event: Event) -> bool:
    """False where it came before."""
    made = await tx.fetchval(
        """insert into gateway_event (gateway, id, kind, object_id) values ($1, $2, $3, $4)
           on conflict do nothing returning id""",
        gateway, event.id, event.kind, event.object_id,
    )  # fmt: skip
    if made is not None:
        tx.tell(NEWS)
    return made is not None


async def heed(db: Database, gateway: Gateway) -> int:
    """Looks at what open events are about, outside of any transaction, and applies how it stands; how many were
    handled. One that cannot be handled waits for the next round, and after ten is put down with its reason."""
    if not isinstance(gateway, StripeGateway):
        return 0
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            """select id, kind, object_id from gateway_event where gateway = $1 and handled_at is null
               order by tries, received_at, id limit 100""",
            gateway.name,
        )
    handled = 0
    for row in rows:
        try:
            news = await hear(gateway, row["kind"], row["object_id"])
            async with db.transaction() as tx:
                said = "nothing to do" if news is None else await apply_news(tx, gateway.name, news)
                await tx.execute(
                    """update gateway_event set handled_at = clock_timestamp(), said = $3, tries = tries + 1
                       where gateway = $1 and id = $2""",
                    gateway.name, row["id"], said,
                )  # fmt: skip
            handled += 1
        except GatewayUnavailable:
            log.warning("payment gateway does not answer; its events wait", waiting=len(rows))
            break
        except Exception as broken:  # noqa: BLE001 - the edge of a job: one event must not hold up the others
            log.error(
                "an event of the gateway cannot be heeded", event_id=row["id"], error=repr(broken)
            )
            await _wait(db, gateway.name, row["id"], broken)
    return handled


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
    assert isinstance(news, DisputeNews)
    attempt_id = await book.attempt_of_charge(tx, gateway, news.charge_id)
    if attempt_id is None:
        return "not of this arena"
    attempt = await store.attempt(tx, attempt_id)
    if attempt is None or attempt.state != "succeeded":
        raise PaymentComesFirst(attempt_id=attempt_id)
    told = (news.dispute_id, Money(news.amount, news.currency), news.fee)
    return (await dispute_stands(tx, attempt_id, told, news.state)).state


class PaymentComesFirst(ArenaError):
    """The payment {attempt_id} is disputed before it is known to have gone through; it is looked at again."""


async def _wait(db: Database, gateway: str, event_id: str, broken: Exception) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            """update gateway_event set tries = tries + 1, said = $3,
                 handled_at = case when tries + 1 >= $4 then clock_timestamp() end where gateway = $1 and id = $2""",
            gateway, event_id, f"{type(broken).__name__}: {broken}"[:500], TRIES_MAX,
        )  # fmt: skip
