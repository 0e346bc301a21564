"""What the worker does of money, by name: the standing jobs as they are, and what goes by the wall clock."""

import zlib

from arena.kit.outbox import drain
from arena.money import billing, payouts
from arena.money import performance_fees as fees
from arena.money.billing import connected
from arena.worker.jobs import STANDING
from tests.simulation import acts_of_fees, acts_of_rights, acts_of_usage
from tests.simulation.acts import ACTS, PLATFORM_BPS, Act, Words
from tests.simulation.handle import Handle

# Of the worker's jobs these are about trading and the market; one reads accounts of the paper venue, which nobody has
# here: `close_fee_periods` stands for it.
NOT_OF_MONEY = {
    "guard accounts", "bring demo feeds to market", "freeze seasons", "score listings", "performance fees",
}  # fmt: skip
JOBS = {job.name: job for job in STANDING if job.name not in NOT_OF_MONEY}
"""A job of money that is new is in it by itself."""


async def react(arena: Handle, _: Words) -> str:
    return f"{await drain(arena.db)} reactions"


async def heal_charges(arena: Handle, _: Words) -> str:
    return f"{await billing.janitor(arena.db, arena.gateway)} moved"


async def heal_refunds(arena: Handle, _: Words) -> str:
    return f"{await billing.heal_refunds(arena.db, arena.gateway)} moved"


async def heed(arena: Handle, _: Words) -> str:
    async def of_payouts(account_id: str) -> int:
        return await payouts.heed_bank(arena.db, arena.settings.vault, arena.ways, account_id)

    heeded = await billing.heed(
        arena.db, arena.gateway, connect=arena.connect, of_payouts=of_payouts
    )
    return f"{heeded} events"


async def heal_payouts(arena: Handle, _: Words) -> str:
    return f"{await payouts.heal_payouts(arena.db, arena.settings.vault, arena.ways)} moved"


async def listen(arena: Handle, _: Words) -> str:
    """The second ear: what no webhook told."""
    async with arena.db.transaction(readonly=True) as tx:
        accounts = await payouts.accounts_to_hear(tx)
    new = await billing.poll(arena.db, arena.connect, accounts=accounts)
    return f"{new} new, {await connected.look_at_due(arena.db, arena.connect)} looked at"


async def compare_books(arena: Handle, _: Words) -> str:
    """The worker's daily look at the gateway's books, here in each round."""
    await billing.reconcile(arena.db, arena.gateway)
    return "compared"


def _job(name: str) -> Act:
    async def run(arena: Handle, _: Words) -> str:
        await JOBS[name].run(arena)  # type: ignore[arg-type]  # a handle has what jobs of money ask an arena for
        return "done"

    return run


BY_THE_WALL: dict[str, Act] = {
    "react": react, "listen": listen, "heed": heed, "heal charges": heal_charges, "heal refunds": heal_refunds,
    "heal payouts": heal_payouts, "compare books": compare_books,
}  # fmt: skip


async def close_fee_periods(arena: Handle, _: Words) -> str:
    """The readings an account would give as its period ends, then the close; a period after the other."""
    key, closed, made = fees.reading_key(arena.settings.vault), 0, 1
    while made:
        async with arena.db.transaction() as tx:
            running = await fees.running(tx, after="", limit=100)
            for contract in running:
                if contract.period_end <= tx.now:
                    for account in await fees.accounts(tx, contract.id):
                        name = f"close:{account}:{contract.period_end.isoformat()}"
                        reading = fees.Reading(account, contract.period_end, _equity(name))
                        await fees.observe(tx, contract.id, reading, reference=name, key=key)
                    worth = _equity(f"{contract.id}:{contract.period_end}") // 2
                    await fees.measure(tx, contract.id, {acts_of_fees.REFERENCE: worth})
        made = await fees.close_due(arena.db, platform_bps=PLATFORM_BPS, key=key)
        closed += made
    return f"{closed} closed"


def _equity(name: str) -> int:
    """Cents, from 17,000 to 27,000 dollars; the same for the same period."""
    return 1_700_000 + zlib.crc32(name.encode()) % 1_000_000


ROUNDS: dict[str, Act] = {
    **BY_THE_WALL, "close fee periods": close_fee_periods, **{name: _job(name) for name in JOBS},
}  # fmt: skip
assert acts_of_rights  # whose acts are among ACTS by being imported
assert acts_of_fees  # as above
assert acts_of_usage  # as above
DOINGS: dict[str, Act] = {**ACTS, **ROUNDS}
