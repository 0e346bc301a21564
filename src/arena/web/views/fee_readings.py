"""Reads accounts under performance fee contracts: at each flow of money, and as a period ends."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from arena.kit.db import Database, Tx
from arena.kit.signing import SigningKey
from arena.money import performance_fees
from arena.money.performance_fees import Contract, Reading
from arena.people.access import Call
from arena.trading import performance, portfolio

BATCH = 100


async def read_fee_accounts(db: Database, key: SigningKey, *, platform_bps: int) -> None:
    """Safe to run twice or late: readings carry the time of what they read, and are kept once each."""
    after, batch = "", BATCH
    while batch == BATCH:
        async with db.transaction() as tx:
            running = await performance_fees.running(tx, after=after, limit=BATCH)
            for contract in running:
                if await read_contract(tx, contract, key):
                    await performance_fees.keep_aside(tx, contract.id, platform_bps=platform_bps)
        batch, after = len(running), running[-1].id if running else ""


async def read_contract(tx: Tx, contract: Contract, key: SigningKey) -> bool:
    """Whether money was taken out. What moved before the period's end comes before it; what moved at it or since waits
    until the period is closed. Clocks stand still at times: what moved in one instant is told apart by its ids."""
    left = False
    accounts = await performance_fees.accounts(tx, contract.id)
    over = contract.period_end <= tx.now
    moved = await portfolio.flows_of(tx, accounts, until=min(tx.now, contract.period_end))
    _, last = await performance_fees.last_reading(tx, contract.id)
    for reading, reference in _of_flows(contract, moved):
        if last is None or reading.at >= last:
            new = await performance_fees.observe(
                tx, contract.id, reading, reference=reference, key=key
            )
            left = left or (new and reading.flow < 0)
    for account_id in accounts if over else ():
        equity = await _worth_before_flows(tx, account_id, contract.period_end, moved)
        reading = Reading(account_id, contract.period_end, cents(equity))
        reference = f"close:{account_id}:{contract.period_end.isoformat()}"
        await performance_fees.observe(tx, contract.id, reading, reference=reference, key=key)
    return left


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
    await read_contract(tx, contract, key)
    while await performance_fees.close_one(tx, contract.id, platform_bps=platform_bps, key=key):
        [contract] = [
            each
            for each in await performance_fees.contracts(tx, copier_id=contract.copier.person_id)
            if each.id == contract.id
        ]
        await read_contract(tx, contract, key)


async def agree_with(
    call: Call, copier: performance_fees.Copier, creator_id: str, account_id: str
) -> Contract:
    """Agrees to a creator's terms with an account of the caller's own. Raises what `agree` raises, NoSuchAccount."""
    found = await performance.seen_account(call.tx, call.actor, account_id)
    key = performance_fees.reading_key(call.settings.vault)
    bps = call.settings.platform_share_bps
    for each in await performance_fees.contracts(
        call.tx, copier_id=call.actor.id, creator_id=creator_id
    ):
        await catch_up(call.tx, each, key, platform_bps=bps)
    equity = cents(await performance.worth_at(call.tx, found.id, call.tx.now))
    made = await performance_fees.agree(
        call.tx, copier, creator_id, found.id, equity=equity, key=key, request_id=call.request_id
    )
    for flow in await portfolio.flows_of(call.tx, [found.id], until=call.tx.now):
        if flow.at == call.tx.now:  # the account came in with it
            seen = Reading(found.id, call.tx.now, equity)
            await performance_fees.observe(call.tx, made.id, seen, reference=flow.id, key=key)
    return made


async def leave_all(call: Call, contract_id: str) -> Contract:
    """Takes all accounts of the caller out of a contract, with what they hold. Raises what `leave` raises."""
    now = await performance_fees.open_period(call.tx, contract_id, call.actor.id)
    key = performance_fees.reading_key(call.settings.vault)
    bps = call.settings.platform_share_bps
    await catch_up(call.tx, now.contract, key, platform_bps=bps)
    equities = {
        account_id: cents(await performance.worth_at(call.tx, account_id, call.tx.now))
        for account_id in await performance_fees.accounts(call.tx, contract_id)
    }
    return await performance_fees.leave(
        call.tx, contract_id, call.actor.id, equities=equities, key=key, platform_bps=bps,
        request_id=call.request_id,
    )  # fmt: skip


def _of_flows(contract: Contract, moved: Sequence[portfolio.Flow]) -> Sequence[tuple[Reading, str]]:
    within = sorted((flow for flow in moved if flow.at < contract.period_end), key=lambda f: f.at)
    return [
        (Reading(flow.account_id, flow.at, cents(flow.equity_before), cents(flow.value_quote)), flow.id)
        for flow in within
    ]  # fmt: skip


def cents(amount: Decimal) -> int:
    """Whole cents of dollars (USD, USDT and their like count the same), rounded down."""
    return int((amount * 100).to_integral_value(ROUND_FLOOR))
