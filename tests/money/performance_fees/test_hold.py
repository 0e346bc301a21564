"""What is due on money that leaves early is set aside in the ledger, and comes back as far as the period ends lower."""

from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.money import ledger
from arena.money import performance_fees as fees
from arena.money.performance_fees import close
from arena.people.access import SYSTEM
from sigma_sdk.verify import verify_fees
from tests.money.performance_fees.contracts import (
    COPIER,
    KEY,
    OCTOBER,
    QUARTER,
    agreed,
    closed,
    files,
    owes,
    power_cut,
    read,
)


async def test_what_is_due_at_an_exit_is_set_aside_and_what_is_lost_by_the_end_comes_back(
    db: Database,
) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        await fees.agree(tx, COPIER, "usr_creator", "acc_2", equity=2_000_000, key=KEY)
    await read(db, contract, OCTOBER + timedelta(days=10), 2_400_000, -2_400_000)
    for _ in range(2):  # harmless to repeat
        async with db.transaction() as tx:
            assert await fees.keep_aside(tx, contract.id, platform_bps=1_500) == 43_636
            assert await owes(tx) == (0, 43_636)
            assert (await ledger.trial_balance(tx)).sound
    async with db.transaction() as tx:
        lower = fees.Reading("acc_2", QUARTER, 1_700_000)
        await fees.observe(tx, contract.id, lower, reference="close", key=KEY)
    await closed(db, QUARTER)
    async with db.transaction() as tx:
        assert await owes(tx) == (20_000, 0), "23,636 cents came back"
        [now] = await fees.contracts(tx, copier_id="usr_copier")
    assert (now.set_aside, now.set_aside_amount) == (None, 0)


async def test_who_leaves_has_all_that_is_due_set_aside_and_comes_back_to_none_of_it(
    db: Database,
) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        left = {"acc_1": 2_500_000}
        await fees.leave(tx, contract.id, "usr_copier", equities=left, key=KEY, platform_bps=1_500)
        assert await owes(tx) == (0, 100_000)
        back = await fees.agree(tx, COPIER, "usr_creator", "acc_1", equity=2_500_000, key=KEY)
        assert back.status == "active"
    await read(db, contract, QUARTER, 2_000_000)
    await closed(db, QUARTER)
    async with db.transaction() as tx:
        assert await owes(tx) == (0, 0), "the period ended where it began"


async def test_what_is_held_stays_when_an_operator_switches_unless_he_wants_it_at_once(
    db: Database,
) -> None:
    contract = await agreed(db)
    await read(db, contract, OCTOBER + timedelta(days=10), 2_400_000, -1_200_000)
    async with db.transaction() as tx:
        assert await fees.keep_aside(tx, contract.id, platform_bps=1_500) == 40_000
        await fees.switch(tx, "DE", "shadow", reason="the law will change", actor=SYSTEM)
        assert await fees.keep_aside(tx, contract.id, platform_bps=1_500) == 40_000
        await fees.switch(
            tx, "DE", "shadow", reason="the law has changed", actor=SYSTEM, at_once=True
        )
        assert await owes(tx) == (0, 0)
        assert await fees.keep_aside(tx, contract.id, platform_bps=1_500) == 0
        [now] = await fees.contracts(tx, copier_id="usr_copier")
    assert (now.mode, now.set_aside_amount) == ("shadow", 0)


async def test_in_shadow_mode_nothing_is_set_aside(db: Database) -> None:
    contract = await agreed(db, mode="shadow")
    await read(db, contract, OCTOBER + timedelta(days=10), 2_400_000, -1_200_000)
    async with db.transaction() as tx:
        assert await fees.keep_aside(tx, contract.id, platform_bps=1_500) == 0


async def test_what_is_held_after_an_exit_is_charged_as_far_as_what_was_followed_still_stands(
    db: Database,
) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        await fees.leave(
            tx, contract.id, "usr_copier", equities={"acc_1": 2_400_000}, key=KEY, platform_bps=1_500,
            references={"acc_reference": 1_000_000, "acc_empty": 0},
        )  # fmt: skip
        assert await owes(tx) == (0, 80_000)
        assert not await fees.measure(tx, contract.id, {"acc_reference": 1}), "the period runs"
    assert await closed(db, QUARTER) == 0, "it waits to be measured"
    async with db.transaction() as tx:
        assert await fees.measure(tx, contract.id, {"acc_reference": 950_000})
        assert not await fees.measure(tx, contract.id, {"acc_reference": 100}), "once"
    assert await closed(db, QUARTER) == 1
    [file] = await files(db, contract)
    assert file["statement"]["exit"]["end"] == {"acc_reference": "950000"}
    assert all(finding.holds for finding in verify_fees([file]))
    async with db.transaction() as tx:
        assert await owes(tx) == (56_000, 0), "24,000 dollars would be 22,800"


async def test_a_crash_while_a_held_fee_is_charged_leaves_it_held(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        left = {"acc_1": 2_500_000}
        await fees.leave(tx, contract.id, "usr_copier", equities=left, key=KEY, platform_bps=1_500)
    for step in ("_charge", "_after"):
        with monkeypatch.context() as broken:
            broken.setattr(close, step, power_cut)
            with pytest.raises(ConnectionError):
                await closed(db, QUARTER)
        async with db.transaction() as tx:
            assert await owes(tx) == (0, 100_000)
    assert await closed(db, QUARTER) == 1
    async with db.transaction() as tx:
        assert await owes(tx) == (100_000, 0)
