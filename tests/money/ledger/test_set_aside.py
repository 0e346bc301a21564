"""Money set aside: not free, not moved; then moved or released, once."""

import asyncio

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money.ledger import (
    JournalDiffers,
    Kind,
    Leg,
    NotPending,
    Overdrawn,
    balance,
    free_balance,
    journal,
    move_set_aside,
    post,
    release,
    set_aside,
    trial_balance,
)

AVAILABLE = "creator:usr_1:available"


@pytest.fixture
async def earned(db: Database) -> Database:
    """A creator has 100.00 that he may be paid."""
    async with db.transaction() as tx:
        for kind, idem, debit, credit in (
            (Kind.PAYMENT_CAPTURED, "pay_1", "gateway:fake:balance", "creator:usr_1:pending"),
            (Kind.HOLD_RELEASED, "rel_1", "creator:usr_1:pending", AVAILABLE),
        ):
            legs = [Leg(debit, 10_000), Leg(credit, -10_000)]
            await post(tx, kind=kind, idem=idem, reference="sub_1", legs=legs)
    return db


async def reserve(db: Database, idem: str, amount: int) -> str:
    async with db.transaction() as tx:
        legs = [Leg(AVAILABLE, amount), Leg("payout:in_transit", -amount)]
        return await set_aside(
            tx, kind=Kind.PAYOUT_RESERVED, idem=idem, reference="pyo_1", legs=legs
        )


async def stands(db: Database) -> tuple[Money, Money]:
    """What is posted on the account, and what of it is free."""
    async with db.transaction() as tx:
        assert (await trial_balance(tx)).sound
        return await balance(tx, AVAILABLE), await free_balance(tx, AVAILABLE)


async def test_what_is_set_aside_is_not_free_and_has_not_moved(earned: Database) -> None:
    held = await reserve(earned, "pyo_1", 6_000)
    assert await stands(earned) == (Money(10_000), Money(4_000))
    assert await reserve(earned, "pyo_1", 6_000) == held
    with pytest.raises(JournalDiffers):
        await reserve(earned, "pyo_1", 6_001)
    with pytest.raises(Overdrawn, match=AVAILABLE):
        await reserve(earned, "pyo_2", 4_001)
    assert await stands(earned) == (Money(10_000), Money(4_000))


async def test_it_moves_once(earned: Database) -> None:
    held = await reserve(earned, "pyo_1", 6_000)
    async with earned.transaction() as tx:
        moved = await move_set_aside(tx, held)
        assert await move_set_aside(tx, held) == moved
        kept = await journal(tx, moved)
    assert kept is not None
    assert (kept.phase, kept.resolves, kept.kind) == ("post", held, "payout.reserved")
    assert await stands(earned) == (Money(4_000), Money(4_000))
    with pytest.raises(NotPending):
        async with earned.transaction() as tx:
            await release(tx, held)


async def test_it_is_released_once(earned: Database) -> None:
    held = await reserve(earned, "pyo_1", 6_000)
    async with earned.transaction() as tx:
        assert await release(tx, held) == await release(tx, held)
    assert await stands(earned) == (Money(10_000), Money(10_000))
    with pytest.raises(NotPending):
        async with earned.transaction() as tx:
            await move_set_aside(tx, held)


async def test_what_was_never_set_aside_cannot_move(earned: Database) -> None:
    for journal_id in ("jrn_0000", await _first(earned)):
        with pytest.raises(NotPending):
            async with earned.transaction() as tx:
                await move_set_aside(tx, journal_id)


async def test_of_ten_who_resolve_it_at_once_one_does(earned: Database) -> None:
    held = await reserve(earned, "pyo_1", 6_000)

    async def resolve(number: int) -> str:
        async with earned.transaction() as tx:
            return await (move_set_aside if number % 2 else release)(tx, held)

    told = await asyncio.gather(*(resolve(n) for n in range(10)), return_exceptions=True)
    assert len({each for each in told if isinstance(each, str)}) == 1
    assert all(isinstance(each, str | NotPending) for each in told)
    assert (await stands(earned))[0] in (Money(4_000), Money(10_000))


async def test_fifty_who_want_a_fifth_each_get_five(earned: Database) -> None:
    told = await asyncio.gather(
        *(reserve(earned, f"pyo_{n}", 2_000) for n in range(50)), return_exceptions=True
    )
    assert sum(isinstance(each, str) for each in told) == 5
    assert all(isinstance(each, str | Overdrawn) for each in told)
    assert await stands(earned) == (Money(10_000), Money(0))


async def _first(db: Database) -> str:
    async with db.transaction() as tx:
        return str(await tx.fetchval("select id from journal where idem = 'pay_1'"))
