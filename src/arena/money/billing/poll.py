"""The second ear: a gateway's events fetched now and then, so that a lost webhook is heard all the same.

An event that came before is kept once, whichever way it came. Up to when was heard is kept by the gateway's clock, and
some minutes before are asked for again: events may be listed later than they are dated. Beside it stands how the line
is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.money.billing.events import receive
from arena.money.billing.model import WebhookMisdirected
from arena.money.billing.stripe import StripeConnect, events_since

OVERLAP = timedelta(minutes=10)
FIRST_LOOK = timedelta(days=1)
OLDEST = timedelta(days=29)  # Stripe keeps events for thirty days


async def poll(
    db: Database,
    connect: StripeConnect,
    *,
    accounts: Sequence[str] = (),
    overlap: timedelta = OVERLAP,
) -> int:
    """Keeps what the gateway has told since the last time, also of these connected accounts; how much of it was new.

    Raises GatewayUnavailable and StripeMisread, after noting that it did not answer.
    """
    async with db.transaction(readonly=True) as tx:
        heard = await tx.fetchval(
            "select heard_until from gateway_ear where gateway = $1", connect.name
        )
    since = wall_now() - FIRST_LOOK if heard is None else max(heard - overlap, wall_now() - OLDEST)
    new, newest = 0, heard
    try:
        for account in (None, *accounts):
            for event in await events_since(connect, since, account=account):
                try:
                    async with db.transaction() as tx:
                        new += await receive(tx, connect.name, event, via="poll")
                except WebhookMisdirected:
                    continue
                if event.at is not None and account is None:
                    newest = event.at if newest is None else max(newest, event.at)
    except ArenaError as failed:
        await _note_failure(db, connect.name, failed.code())
        raise
    await _note_answer(db, connect.name, newest)
    return new


async def _note_failure(db: Database, gateway: str, why: str) -> None:
    """The gateway did not answer as it should; `why` is an error's code: everybody may read it on /health."""
    async with db.transaction() as tx:
        await tx.execute(
            """insert into gateway_ear (gateway, failed_at, failure) values ($1, clock_timestamp(), $2)
               on conflict (gateway) do update set failed_at = excluded.failed_at, failure = excluded.failure""",
            gateway, why,
        )  # fmt: skip


async def _note_answer(db: Database, gateway: str, heard: datetime | None) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            """insert into gateway_ear (gateway, heard_until, answered_at) values ($1, $2, clock_timestamp())
               on conflict (gateway) do update set answered_at = excluded.answered_at,
                 heard_until = greatest(gateway_ear.heard_until, excluded.heard_until)""",
            gateway, heard,
        )  # fmt: skip
