"""What the worker does for the payment gateway, by the wall clock: the tape may stand still while money moves."""

import asyncio
import contextlib

import structlog

from arena.kit.db import DATABASE_AWAY
from arena.kit.errors import ArenaError
from arena.money import billing, payouts
from arena.money.billing import connected
from arena.wire import Arena

log = structlog.get_logger()
HEAL_EVERY_S = 20
POLL_EVERY_S = 60
COMPARE_EVERY_S = 300


async def heal(arena: Arena) -> None:
    """Asks the gateway about charges, refunds and payouts of unknown fate."""
    while True:
        await billing.janitor(arena.db, arena.gateway)
        await billing.heal_refunds(arena.db, arena.gateway)
        await payouts.heal_payouts(arena.db, arena.settings.vault, _ways(arena))
        await asyncio.sleep(HEAL_EVERY_S)


async def heed(arena: Arena, told: asyncio.Event) -> None:
    """Looks at what the gateway has told of, when it has, and now and then whether something was missed."""

    async def of_payouts(account_id: str) -> int:
        return await payouts.heed_bank(arena.db, arena.settings.vault, _ways(arena), account_id)

    connect = billing.stripe_connect(arena.settings)
    while True:
        await billing.heed(arena.db, arena.gateway, connect=connect, of_payouts=of_payouts)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), HEAL_EVERY_S)
        told.clear()


async def compare(arena: Arena) -> None:
    """Compares books with every gateway once a day, sooner again where that failed, and forgets old events."""
    gateways = billing.gateways_in_use(arena.db, arena.settings)
    while True:
        await billing.compare_due(arena.db, gateways)
        await billing.prune_events(arena.db)
        await asyncio.sleep(COMPARE_EVERY_S)


async def listen(arena: Arena) -> None:
    """Polls the gateway's events, so that a lost webhook is heard, and looks at creators' accounts now and then."""
    connect = billing.stripe_connect(arena.settings)
    while connect is not None:
        try:
            async with arena.db.transaction(readonly=True) as tx:
                accounts = await payouts.accounts_to_hear(tx)
            await billing.poll(arena.db, connect, accounts=accounts)
            await connected.look_at_due(arena.db, connect)
        except DATABASE_AWAY:
            raise
        except ArenaError as silent:
            log.warning("the payment gateway cannot be polled", error=silent.detail)
        await asyncio.sleep(POLL_EVERY_S)
    await asyncio.Event().wait()


def _ways(arena: Arena) -> dict[str, payouts.PayoutGateway]:
    return dict(payouts.payout_gateways(arena.db, arena.settings))
