"""Work that comes due by the product clock. A job runs when a step of the tape crosses its boundary.

"Cron fires once" is not relied on: each job looks in the database for what is due, so that running it
twice, or late, does the same as running it once in time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from arena import demo
from arena.evidence import log as evidence_log
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import complimentary
from arena.money import (
    billing,
    collecting,
    due_diligence,
    earnings,
    ledger,
    payouts,
    performance_fees,
    statements,
    usage,
)
from arena.trading import orders, performance
from arena.web.views.fee_readings import read_fee_accounts
from arena.wire import Arena

log = structlog.get_logger()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every: timedelta
    run: Callable[[Arena], Awaitable[None]]


async def run_due(
    jobs: tuple[Job, ...], arena: Arena, at: datetime, *, since: datetime | None
) -> None:
    """Runs the jobs with a boundary in (since, at]; all of them for `since=None`, at the start.

    A job that fails is logged and tried again at its next boundary; the tape goes on.
    """
    for job in jobs:
        if since is not None and (at - _EPOCH) // job.every == (since - _EPOCH) // job.every:
            continue
        try:
            await job.run(arena)
        except Exception as broken:  # noqa: BLE001 - the edge of a job: the tape must go on
            log.error("job failed", job=job.name, error=f"{type(broken).__name__}: {broken}")


async def _renew(arena: Arena) -> None:
    ended = 1
    while ended:
        async with arena.db.transaction() as tx:
            ended = await subscriptions.expire_due(tx) + await subscriptions.pause_due(tx)
    told = 1
    while told:
        async with arena.db.transaction() as tx:
            told = await subscriptions.announce_resume(tx)
    await subscriptions.renew_due(arena.db, arena.gateway)


async def _end_complimentary(arena: Arena) -> None:
    ended = 1
    while ended:
        async with arena.db.transaction() as tx:
            ended = await complimentary.end_over(tx)


async def _give_back(arena: Arena) -> None:
    await billing.give_back_owed(arena.db, arena.gateway)


async def _checkpoint(arena: Arena) -> None:
    async with arena.db.transaction() as tx:
        await evidence_log.sign_checkpoint(tx, arena.log_key)


async def _seal_ledger(arena: Arena) -> None:
    async with arena.db.transaction() as tx:
        await ledger.seal(tx)


async def _pay_creators(arena: Arena) -> None:
    await earnings.mature_due(arena.db, earnings.Hold.of(arena.settings).wait)
    await payouts.send_due(
        arena.db, arena.settings.vault, payouts.payout_gateways(arena.db, arena.settings),
        identity_check=arena.settings.identity_check,
    )  # fmt: skip


async def _payees(arena: Arena) -> None:
    await payouts.warn_expiring(arena.db)
    await due_diligence.erase_due(arena.db)


async def _close_months(arena: Arena) -> None:
    await statements.close_due(arena.db)


async def _rescore(arena: Arena) -> None:
    async with arena.db.transaction() as tx:
        await listings.rescore(tx)


async def _guard(arena: Arena) -> None:
    await orders.guard(arena.db, arena.floor, arena.settings)


async def _freeze_seasons(arena: Arena) -> None:
    await performance.freeze_seasons(arena.db)


async def _demo(arena: Arena) -> None:
    if arena.settings.demo:
        await demo.bring_to_market(arena)


async def _performance_fees(arena: Arena) -> None:
    key = performance_fees.reading_key(arena.settings.vault)
    bps, closed = arena.settings.platform_share_bps, 1
    while closed:  # a period after the other, each read before it is closed
        await read_fee_accounts(arena.db, key, platform_bps=bps)
        closed = await performance_fees.close_due(arena.db, platform_bps=bps, key=key)


async def _invoice_usage(arena: Arena) -> None:
    await usage.invoice_due(arena.db)


async def _collect(arena: Arena) -> None:
    grace = timedelta(days=arena.settings.grace_days)
    await collecting.collect_due(arena.db, arena.gateway, grace=grace)
    await collecting.block_late(arena.db, grace=grace)


STANDING = (
    Job("guard accounts", timedelta(minutes=1), _guard),
    Job("renew subscriptions", timedelta(hours=1), _renew),
    Job("end complimentary access", timedelta(hours=1), _end_complimentary),
    Job("give back what is owed", timedelta(hours=1), _give_back),
    Job("pay creators", timedelta(hours=1), _pay_creators),
    Job("performance fees", timedelta(hours=1), _performance_fees),
    Job("invoice usage", timedelta(hours=1), _invoice_usage),
    Job("collect bills", timedelta(hours=1), _collect),
    Job("look after payees", timedelta(days=1), _payees),
    Job("close months", timedelta(days=1), _close_months),
    Job("bring demo feeds to market", timedelta(days=1), _demo),
    Job("freeze seasons", timedelta(days=1), _freeze_seasons),
    Job("seal the ledger", timedelta(days=1), _seal_ledger),
    Job("score listings", timedelta(hours=1), _rescore),
    Job("sign a checkpoint", timedelta(hours=1), _checkpoint),
)
