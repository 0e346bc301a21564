"""Posting: once per key, in balance, counters equal to the sums of entries, whatever runs at the same time."""

import asyncio
import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.kit.canonical import canonical_json
from arena.kit.db import Database
from arena.kit.money import Money
from arena.money.ledger import (
    JournalDiffers,
    Kind,
    Leg,
    UnknownAccount,
    WrongPosting,
    balance,
    find_journals,
    post,
    trial_balance,
)


def captured(amount: int, creator: str = "usr_1") -> list[Leg]:
    share = amount * 85 // 100
    legs = [Leg("gateway:fake:balance", amount), Leg("platform:fee_income", share - amount)]
    return [*legs, Leg(f"creator:{creator}:pending", -share)] if share else legs


async def capture(db: Database, idem: str, amount: int, creator: str = "usr_1") -> str:
    async with db.transaction() as tx:
        return await post(
            tx, kind=Kind.PAYMENT_CAPTURED, idem=idem, reference="sub_1", legs=captured(amount, creator)
        )  # fmt: skip


async def test_a_journal_moves_money_between_accounts_made_on_demand(db: Database) -> None:
    await capture(db, "pay_1", 9900)
    async with db.transaction() as tx:
        assert await balance(tx, "gateway:fake:balance") == Money(9900)
        assert await balance(tx, "creator:usr_1:pending") == Money(8415)
        assert await balance(tx, "platform:fee_income") == Money(1485)
        assert await balance(tx, "creator:usr_2:pending") == Money(0)
        [journal] = await find_journals(tx, "sub_1")
        assert (await trial_balance(tx)).sound
    assert journal.kind == "payment.captured"
    assert sum(entry.amount for entry in journal.entries) == 0


async def test_posting_again_gives_the_first_journal_and_moves_nothing(db: Database) -> None:
    first = await capture(db, "pay_1", 9900)
    assert await capture(db, "pay_1", 9900) == first
    async with db.transaction() as tx:
        assert await balance(tx, "gateway:fake:balance") == Money(9900)


async def test_the_order_of_legs_does_not_make_a_journal_another_one(db: Database) -> None:
    first = await capture(db, "pay_1", 9900)
    async with db.transaction() as tx:
        again = await post(
            tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_1", reference="sub_1",
            legs=list(reversed(captured(9900))),
        )  # fmt: skip
    assert again == first


async def test_what_a_key_stands_for_is_hashed_as_canonical_json(db: Database) -> None:
    await capture(db, "pay_1", 9900)
    legs = sorted([leg.code, leg.currency, str(leg.amount)] for leg in captured(9900))
    content = {"kind": "payment.captured", "reference": "sub_1", "legs": legs}
    async with db.transaction() as tx:
        kept = await tx.fetchval("select idem_hash from journal where idem = 'pay_1'")
    assert kept == hashlib.sha256(canonical_json(content)).digest()


async def test_the_same_key_with_other_content_is_refused(db: Database) -> None:
    await capture(db, "pay_1", 9900)
    with pytest.raises(JournalDiffers, match="pay_1"):
        await capture(db, "pay_1", 9901)
    async with db.transaction() as tx:
        assert await balance(tx, "gateway:fake:balance") == Money(9900)


async def test_an_account_outside_the_chart_is_refused(db: Database) -> None:
    legs = [Leg("slush:fund", 1), Leg("platform:fee_income", -1)]
    with pytest.raises(UnknownAccount, match="slush"):
        async with db.transaction() as tx:
            await post(tx, kind=Kind.ADJUSTMENT, idem="j", reference="sub_1", legs=legs)


async def test_a_kind_moves_money_between_its_own_accounts_only(db: Database) -> None:
    legs = [Leg("creator:usr_1:available", 1), Leg("gateway:fake:balance", -1)]
    with pytest.raises(WrongPosting, match=r"payout\.paid has no debit on creator:usr_1:available"):
        async with db.transaction() as tx:
            await post(tx, kind=Kind.PAYOUT_PAID, idem="j", reference="pay_1", legs=legs)


@pytest.mark.parametrize("amount", [0, 1.0, True, "1"])
def test_a_leg_moves_whole_minor_units(amount: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        Leg("platform:fee_income", amount)  # type: ignore[arg-type]  # that is what the test is about


async def test_twenty_posts_of_one_key_at_once_make_one_journal(db: Database) -> None:
    ids = await asyncio.gather(*(capture(db, "pay_1", 9900) for _ in range(20)))
    assert len(set(ids)) == 1
    async with db.transaction() as tx:
        assert await balance(tx, "gateway:fake:balance") == Money(9900)
        assert (await trial_balance(tx)).sound


async def test_many_journals_at_once_on_the_same_accounts_neither_deadlock_nor_drift(
    db: Database,
) -> None:
    amounts = [100 + number for number in range(60)]
    await asyncio.gather(
        *(capture(db, f"pay_{a}", a, f"usr_{a % 3}") for a in amounts),
        *(capture(db, f"pay_{a}", a, f"usr_{a % 3}") for a in reversed(amounts)),
    )
    async with db.transaction() as tx:
        trial = await trial_balance(tx)
        assert await balance(tx, "gateway:fake:balance") == Money(sum(amounts))
    assert trial.sound
    assert trial.sums == {"USD": 0}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    charges=st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 10**9), st.sampled_from(["usr_1", "col_2"])),
        max_size=12,
    )
)
async def test_whatever_is_posted_sums_stay_zero_and_counters_equal_their_entries(
    db: Database, charges: list[tuple[int, int, str]]
) -> None:
    for number, amount, creator in charges:
        try:
            await capture(db, f"pay_{number}", amount, creator)
        except JournalDiffers:
            continue
    async with db.transaction() as tx:
        trial = await trial_balance(tx)
    assert trial.drift == 0
    assert set(trial.sums.values()) <= {0}
    assert sum(a.debits - a.credits for a in trial.accounts) == 0


async def test_a_drifted_counter_would_be_seen(db: Database) -> None:
    await capture(db, "pay_1", 9900)
    async with db.transaction() as tx:
        await tx.execute("alter table ledger_account disable trigger frozen")
        await tx.execute(
            "update ledger_account set debits_posted = debits_posted + 1 where normal = 1"
        )
        trial = await trial_balance(tx)
    assert trial.drift == 1
    assert not trial.sound
