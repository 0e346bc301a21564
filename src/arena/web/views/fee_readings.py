"""Reads accounts under performance fee contracts: at each flow of money, and as a period ends.

Money is told by its flow's id. A transaction that began before a moment may commit after it, so accounts are read up to
LATE ago only; what comes later still is made good by a reading that takes it for no profit, and operators see it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

import structlog

from arena.kit.db import Database, Tx
from arena.kit.signing import SigningKey
from arena.money import performance_fees
from arena.money.performance_fees import LATE, Contract, Reading
from arena.people.access import Call
from arena.trading import performance, portfolio
from arena.web.views.fee_exits import check_papers, reference_accounts

log = structlog.get_logger()
BATCH = 100


async def read_fee_accounts(db: Database, key: SigningKey, *, platform_bps: int) -> None:
    """Safe to run twice or late: readings carry the time of what they read, and are kept once each."""
    after, batch = "", BATCH
    while batch == BATCH:
        async with db.transaction() as tx:
            running = await performance_fees.running(tx, after=after, limit=BATCH)
            for contract in running:
                if await read_contract(tx, contract, key, until=tx.now - LATE):
                    await performance_fees.keep_aside(tx, contract.id, platform_bps=platform_bps)
        batch, after = len(running), running[-1].id if running else ""


async def read_contract(tx: Tx, contract: Contract, key: SigningKey, *, until: datetime) -> bool:
    """Whether money was taken out. What moved before the period's end comes before it; what moved at it or since waits
    until the period is closed. Clocks stand still at times: what moved in one instant is told apart by its ids."""
    over, until = contract.period_end <= until, min(until, contract.period_end)
    moved = await _flows(tx, contract, until)
    there = [flow.id for flow in moved] + [f"late:{flow.id}" for flow in moved]
    known = await performance_fees.were_read(tx, contract.id, there)
    unread = [
        flow
        for flow in moved
        if flow.at < contract.period_end and known.isdisjoint((flow.id, f"late:{flow.id}"))
    ]
    _, last = await performance_fees.last_reading(tx, contract.id)
    since = max(last, contract.period_start) if last else contract.period_start
    for flow in sorted((one for one in unread if one.at >= since), key=lambda one: one.at):
        reading = Reading(
            flow.account_id, flow.at, cents(flow.equity_before), cents(flow.value_quote)
        )
        await performance_fees.observe(tx, contract.id, reading, reference=flow.id, key=key)
    late = [flow for flow in unread if flow.at < since]
    if late and until >= since:
        await _make_good(tx, contract, late, key, at=until, moved=moved)
    if over:
        await _read_end(tx, contract, moved, key)
    return any(flow.value_quote < 0 for flow in unread)


async def _flows(tx: Tx, contract: Contract, until: datetime) -> Sequence[portfolio.Flow]:
    """Those of the contract's accounts since each came under it."""
    under = {one.account_id: one for one in await performance_fees.under(tx, contract.id)}
    return [
        flow
        for flow in await portfolio.flows_of(tx, list(under), until=until)
        if flow.at >= under[flow.account_id].flows_from
        and flow.id not in under[flow.account_id].known
    ]


async def _make_good(
    tx: Tx,
    contract: Contract,
    late: Sequence[portfolio.Flow],
    key: SigningKey,
    *,
    at: datetime,
    moved: Sequence[portfolio.Flow],
) -> None:
    """Money whose time was read without it: it is taken out of what the account is worth, then comes in. Where it was
    counted as a profit before, the profit falls by it again."""
    for account_id in sorted({flow.account_id for flow in late}):
        mine = [flow for flow in late if flow.account_id == account_id]
        ends = contract.period_end == at
        worth = cents(await _worth_before_flows(tx, account_id, at, moved if ends else ()))
        worth -= sum(cents(flow.value_quote) for flow in mine)
        for flow in mine:
            amount = cents(flow.value_quote)
            reading = Reading(account_id, at, worth, amount)
            await performance_fees.observe(
                tx, contract.id, reading, reference=f"late:{flow.id}", key=key
            )
            worth += amount
            log.warning(
                "performance fees: money came late", contract=contract.id, flow=flow.id,
                account=account_id, cents=amount,
            )  # fmt: skip


async def _read_end(
    tx: Tx, contract: Contract, moved: Sequence[portfolio.Flow], key: SigningKey
) -> None:
    """What each account is worth as the period ends; and who has left, what he followed."""
    end = contract.period_end
    for account_id in await performance_fees.accounts(tx, contract.id):
        equity = await _worth_before_flows(tx, account_id, end, moved)
        reference = f"close:{account_id}:{end.isoformat()}"
        reading = Reading(account_id, end, cents(equity))
        await performance_fees.observe(tx, contract.id, reading, reference=reference, key=key)
    if contract.exit is not None and not contract.exit.measured:
        worths = {
            name: cents(await performance.worth_at(tx, name, end)) for name in contract.exit.start
        }
        await performance_fees.measure(tx, contract.id, worths)


async def _worth_before_flows(
    tx: Tx, account_id: str, at: datetime, moved: Sequence[portfolio.Flow]
) -> Decimal:
    """What an account was worth at that moment; what is put in or taken out in it comes after."""
    for flow in moved:
        if flow.account_id == account_id and flow.at == at:
            return flow.equity_before
    return await performance.worth_at(tx, account_id, at)


async def catch_up(tx: Tx, contract: Contract, key: SigningKey, *, platform_bps: int) -> None:
    """All that moved until now is read, and what is over is closed: before a copier comes or goes."""
    if contract.status not in ("active", "ending"):
        return
    await read_contract(tx, contract, key, until=tx.now)
    while await performance_fees.close_one(tx, contract.id, platform_bps=platform_bps, key=key):
        [contract] = [
            each
            for each in await performance_fees.contracts(
                tx, copier_id=contract.copier.person_id, creator_id=contract.creator_id
            )
            if each.id == contract.id
        ]
        await read_contract(tx, contract, key, until=tx.now)


async def agree_with(
    call: Call,
    copier: performance_fees.Copier,
    creator_id: str,
    account_id: str,
    *,
    rise: bool = False,
) -> Contract:
    """Agrees to a creator's terms with an account of the caller's own. Raises what `agree` raises, NoSuchAccount."""
    tx = call.tx
    found = await performance.seen_account(tx, call.actor, account_id)
    await check_papers(tx, copier)
    key = performance_fees.reading_key(call.settings.vault)
    bps = call.settings.platform_share_bps
    for each in await performance_fees.contracts(
        tx, copier_id=call.actor.id, creator_id=creator_id
    ):
        await catch_up(tx, each, key, platform_bps=bps)
    equity = cents(await performance.worth_at(tx, found.id, tx.now))
    known = [
        flow.id
        for flow in await portfolio.flows_of(tx, [found.id], until=tx.now)
        if flow.at >= tx.now - LATE
    ]
    return await performance_fees.agree(
        tx, copier, creator_id, found.id, equity=equity, key=key, known=known, rise=rise,
        request_id=call.request_id,
    )  # fmt: skip


async def leave_all(call: Call, contract_id: str) -> Contract:
    """Takes all accounts of the caller out of a contract, with what they hold. Raises what `leave` raises."""
    tx = call.tx
    now = await performance_fees.open_period(tx, contract_id, call.actor.id)
    key = performance_fees.reading_key(call.settings.vault)
    bps = call.settings.platform_share_bps
    await catch_up(tx, now.contract, key, platform_bps=bps)
    equities = {
        account_id: cents(await performance.worth_at(tx, account_id, tx.now))
        for account_id in await performance_fees.accounts(tx, contract_id)
    }
    references = {
        name: cents(await performance.worth_at(tx, name, tx.now))
        for name in await reference_accounts(tx, call.actor.id, now.contract.creator_id)
    }
    return await performance_fees.leave(
        tx, contract_id, call.actor.id, equities=equities, key=key, platform_bps=bps,
        references=references, request_id=call.request_id,
    )  # fmt: skip


def cents(amount: Decimal) -> int:
    """Whole cents of dollars (USD, USDT and their like count the same), rounded down."""
    return int((amount * 100).to_integral_value(ROUND_FLOOR))
