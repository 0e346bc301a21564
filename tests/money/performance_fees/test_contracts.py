"""Contracts of copiers and creators in the database: agreed, read, closed once, charged or only shown, left."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from arena.kit.canonical import canonical_json, document_sha
from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.signing import SigningKey, to_base64
from arena.money import ledger
from arena.money import performance_fees as fees
from arena.money.performance_fees import close
from arena.money.performance_fees.books import read_all, settle
from arena.money.performance_fees.document import SignedReading, reading_bytes, statement_document
from arena.money.performance_fees.model import Books, Contract, Settlement
from arena.people.access import SYSTEM
from sigma_sdk.cli import app as sigma
from sigma_sdk.verify import verify_fees
from tests.conftest import START
from tests.money.performance_fees.contracts import (
    COPIER,
    KEY,
    OCTOBER,
    QUARTER,
    SPRING,
    agreed,
    closed,
    files,
    power_cut,
    read,
)


async def test_a_new_high_is_charged_once_and_the_copier_computes_the_same(
    db: Database, tmp_path: Path
) -> None:
    contract = await agreed(db)
    await read(db, contract, OCTOBER + timedelta(days=40), 2_400_000, -600_000)
    await read(db, contract, QUARTER, 1_900_000)
    assert await closed(db, QUARTER) == 1
    assert await closed(db, QUARTER) == 0
    async with db.transaction() as tx:
        assert await ledger.balance(tx, "receivable:usr_copier") == Money(100_000)
        assert await ledger.balance(tx, "creator:usr_creator:pending") == Money(85_000)
        [journal] = await ledger.find_journals(tx, contract.id)
        [statement] = await fees.statements(tx, contract.id, "usr_creator")
    assert (journal.kind, journal.id) == ("performance_fee.crystallised", statement.journal_id)
    await read(db, contract, SPRING, 1_800_000)
    assert await closed(db, SPRING) == 1
    made = await files(db, contract)
    assert [each["statement"]["fee"] for each in made] == ["100000", "0"]
    assert all(finding.holds for finding in verify_fees(made))
    paths = [tmp_path / f"{number}.json" for number in range(2)]
    for path, each in zip(paths, made, strict=True):
        path.write_text(json.dumps(each))
    ran = CliRunner().invoke(sigma, ["verify-fee", *map(str, reversed(paths))])
    assert ran.exit_code == 0, ran.output
    assert "computed 1000.00 USD, stated 1000.00" in ran.output
    paths[0].write_text(json.dumps(made[0]).replace('"fee": "100000"', '"fee": "100001"'))
    ran = CliRunner().invoke(sigma, ["verify-fee", str(paths[0])])
    assert ran.exit_code == 10
    assert "DOES NOT HOLD" in ran.output


async def test_a_forged_reading_is_found_even_where_all_else_is_made_to_fit(db: Database) -> None:
    contract = await agreed(db)
    await read(db, contract, QUARTER, 2_400_000)
    await closed(db, QUARTER)
    [file] = await files(db, contract)
    document = json.loads(json.dumps(file["statement"]))
    document["readings"][-1]["equity"] = "2500000"
    books = document["closing"]
    books["profit"] = books["mark"] = "5000000000"
    books["accounts"]["acc_1"]["equity"] = "25000000000"
    document |= {"gain": "5000000000", "fee": "100000"}
    forged = {
        "statement": document, "sha256": document_sha(document), "public_key": to_base64(KEY.public),
        "signature": to_base64(KEY.sign(canonical_json(document))),
    }  # fmt: skip
    assert [finding.name for finding in verify_fees([forged]) if not finding.holds] == ["readings"]
    other = to_base64(SigningKey(b"g" * 32).public)
    assert not verify_fees([file], public_key=other)[1].holds


async def test_in_shadow_mode_a_fee_is_computed_and_shown_and_nothing_is_owed(db: Database) -> None:
    contract = await agreed(db, mode="shadow")
    await read(db, contract, QUARTER, 2_400_000)
    async with db.transaction() as tx:
        now = await fees.open_period(tx, contract.id, "usr_copier")
    assert (now.mode, now.accrued, now.profit) == ("shadow", 80_000, 400_000)
    await closed(db, QUARTER)
    async with db.transaction() as tx:
        [statement] = await fees.statements(tx, contract.id, "usr_copier")
        assert (statement.fee, statement.charged) == (80_000, False)
        assert await ledger.find_journals(tx, contract.id) == []


async def test_nothing_is_agreed_where_fees_are_off_or_for_us_persons_who_are_not_qualified(
    db: Database,
) -> None:
    await agreed(db)
    async with db.transaction() as tx:
        for country in ("DE", "US"):
            await fees.switch(tx, country, "charged", reason="allowed", actor=SYSTEM)
        for copier in (
            fees.Copier("usr_2", "FR", us_person=False),
            fees.Copier("usr_2", "DE", us_person=True),
            fees.Copier("usr_2", "US", us_person=False),
            fees.Copier("usr_2", "Germany", us_person=False),
        ):
            with pytest.raises(fees.FeesNotAllowed):
                await fees.agree(tx, copier, "usr_creator", "acc_2", equity=2_000_000, key=KEY)
        qualified = fees.Copier("usr_2", "US", us_person=True, qualified_client=True)
        await fees.agree(tx, qualified, "usr_creator", "acc_2", equity=2_000_000, key=KEY)


async def test_an_account_needs_the_minimum_and_follows_one_creator(db: Database) -> None:
    await agreed(db)
    async with db.transaction() as tx:
        await fees.set_offer(tx, "usr_other", fees.Terms(), actor=SYSTEM)
        with pytest.raises(fees.BelowMinimum):
            await fees.agree(tx, COPIER, "usr_other", "acc_9", equity=999_999, key=KEY)
        with pytest.raises(fees.AccountTaken):
            await fees.agree(tx, COPIER, "usr_other", "acc_1", equity=2_000_000, key=KEY)
        with pytest.raises(fees.NoOffer):
            await fees.agree(tx, COPIER, "usr_nobody", "acc_1", equity=2_000_000, key=KEY)


async def test_leaving_and_coming_back_keeps_the_mark(db: Database) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        left = await fees.leave(
            tx,
            contract.id,
            "usr_copier",
            equities={"acc_1": 1_500_000},
            key=KEY,
            platform_bps=1_500,
        )
        with pytest.raises(fees.ContractMoved):
            await fees.leave(
                tx, contract.id, "usr_copier", equities={}, key=KEY, platform_bps=1_500
            )
    assert left.status == "ending"
    await closed(db, QUARTER)
    async with db.transaction() as tx:
        back = await fees.agree(tx, COPIER, "usr_creator", "acc_new", equity=2_000_000, key=KEY)
        reading = fees.Reading("acc_new", SPRING, 2_500_000)
        await fees.observe(tx, back.id, reading, reference="close", key=KEY)
    assert (back.id, back.status) == (contract.id, "active")
    await closed(db, SPRING)
    made = await files(db, contract)
    assert [each["statement"]["fee"] for each in made] == ["0", "0"], (
        "the loss of before comes first"
    )
    assert all(finding.holds for finding in verify_fees(made))


async def test_what_is_due_at_an_early_exit_waits_for_the_end_of_the_period(db: Database) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        second = await fees.agree(tx, COPIER, "usr_creator", "acc_2", equity=2_000_000, key=KEY)
        assert second.id == contract.id
    await read(db, contract, OCTOBER + timedelta(days=10), 2_400_000, -2_400_000)
    async with db.transaction() as tx:
        held = await fees.open_period(tx, contract.id, "usr_copier")
        assert (held.held, held.accrued) == (43_636, 80_000)
        lower = fees.Reading("acc_2", QUARTER, 1_700_000)
        await fees.observe(tx, contract.id, lower, reference="close", key=KEY)
    await closed(db, QUARTER)
    [made] = await files(db, contract)
    assert made["statement"]["fee"] == "20000", "the period ended 3,000 lower than at the exit"


async def test_a_stopped_contract_lets_go_and_what_happens_meanwhile_does_not_count(
    db: Database,
) -> None:
    contract = await agreed(db)
    await read(db, contract, OCTOBER + timedelta(days=1), 2_000_000, -1_500_000)
    assert await closed(db, QUARTER) == 0, "nothing is closed before it is read"
    for end in (QUARTER, SPRING):
        await read(db, contract, end, 500_000)
        assert await closed(db, end) == 1
    async with db.transaction() as tx:
        now = await fees.open_period(tx, contract.id, "usr_copier")
        assert now.contract.status == "stopped"
        back = await fees.agree(tx, COPIER, "usr_creator", "acc_1", equity=3_000_000, key=KEY)
        again = await fees.open_period(tx, contract.id, "usr_copier")
    assert (back.status, again.profit) == ("active", 0)


async def test_a_rate_falls_from_the_next_period_on_and_rises_only_with_consent(
    db: Database,
) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        with pytest.raises(fees.RateRise):
            await fees.change_rate(tx, contract.id, 2_500, creator_id="usr_creator")
        with pytest.raises(fees.NoSuchContract):
            await fees.change_rate(tx, contract.id, 1_000, creator_id="usr_other")
        await fees.change_rate(tx, contract.id, 1_000, creator_id="usr_creator")
    await read(db, contract, QUARTER, 2_400_000)
    await closed(db, QUARTER)
    await read(db, contract, SPRING, 2_500_000)
    await closed(db, SPRING)
    assert [each["statement"]["fee"] for each in await files(db, contract)] == ["80000", "10000"]


async def test_readings_are_kept_once_in_order_and_cannot_be_changed(db: Database) -> None:
    contract = await agreed(db)
    reading = fees.Reading("acc_1", OCTOBER + timedelta(days=2), 2_100_000)
    async with db.transaction() as tx:
        assert await fees.observe(tx, contract.id, reading, reference="flw_1", key=KEY)
        assert not await fees.observe(tx, contract.id, reading, reference="flw_1", key=KEY)
        early = fees.Reading("acc_1", OCTOBER + timedelta(days=1), 2_100_000)
        with pytest.raises(fees.ReadingLate):
            await fees.observe(tx, contract.id, early, reference="flw_2", key=KEY)
    await read(db, contract, QUARTER, 2_100_000)
    assert await closed(db, QUARTER) == 1
    for change in (
        "update performance_fee_reading set equity = 1",
        "delete from performance_fee_statement",
    ):
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="append-only"):
            async with db.transaction() as tx:
                await tx.execute(change)


async def test_a_crash_while_periods_close_loses_nothing_and_closes_nothing_twice(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = await agreed(db)
    await read(db, contract, QUARTER, 2_400_000)
    for step in ("_charge", "_after"):
        with monkeypatch.context() as broken:
            broken.setattr(close, step, power_cut)
            with pytest.raises(ConnectionError):
                await closed(db, QUARTER)
        async with db.transaction() as tx:
            assert await fees.statements(tx, contract.id, "usr_copier") == []
            assert await ledger.find_journals(tx, contract.id) == []
    assert await closed(db, QUARTER) == 1
    async with db.transaction() as tx:
        assert await ledger.balance(tx, "receivable:usr_copier") == Money(80_000)


steps = st.tuples(
    st.integers(0, 4_000_000), st.integers(-2_000_000, 2_000_000), st.sampled_from("ab")
)


@given(
    st.sampled_from(fees.POLICIES),
    st.lists(st.lists(steps, max_size=6), min_size=1, max_size=4),
    st.integers(0, 4),
    st.none() | st.integers(-1, 2_000_000),
)
def test_the_kit_of_the_copier_computes_every_statement_as_the_arena_does(
    policy: fees.Policy, periods: list[list[tuple[int, int, str]]], old: int, end: int | None
) -> None:
    """The first `old` periods by the first edition of the rules; in the last one the copier may have left."""
    contract = Contract(
        "pfc_1", COPIER, "usr_creator", fees.Terms(policy=policy), "active", START, START, QUARTER
    )
    left = None if end is None else fees.Exit(START, 900_000, {"acc_r": 1_000_000}, {"acc_r": end})
    made = list(_statements(contract, periods, old=old, left=left))
    assert [finding for finding in verify_fees(made) if not finding.holds] == []


def test_statements_of_the_first_edition_still_verify() -> None:
    """A warned period, then one that stopped at no cost, at a rate that had risen meanwhile."""
    made = json.loads((Path(__file__).parent / "statements_v1.json").read_text())
    found = verify_fees(made, public_key=to_base64(KEY.public))
    assert [finding for finding in found if not finding.holds] == []
    assert any("yours to know" in finding.detail for finding in found if finding.name == "terms")
    made[0]["statement"]["type"] = "performance_fee_statement/v9"
    with pytest.raises(ValueError, match="newer"):
        verify_fees(made)


async def test_a_reading_that_was_left_out_between_statements_is_found(db: Database) -> None:
    made = await _two_statements(db)
    assert all(finding.holds for finding in verify_fees(made))
    without = {**made[1], "statement": dict(made[1]["statement"])}
    without["statement"]["readings"] = made[1]["statement"]["readings"][1:]
    faults = {finding.name for finding in verify_fees([made[0], without]) if not finding.holds}
    assert "no reading left out before" in faults
    first = {**made[0], "statement": dict(made[0]["statement"])}
    first["statement"]["readings"] = made[0]["statement"]["readings"][1:]
    assert "no reading left out before" in {
        finding.name for finding in verify_fees([first]) if not finding.holds
    }


async def test_a_rate_that_rose_between_statements_and_terms_that_changed_are_found(
    db: Database,
) -> None:
    made = await _two_statements(db)
    for term, value in (("rate_bps", 2_100), ("policy", "lots"), ("creator", "usr_other")):
        document = dict(made[1]["statement"])
        document["contract"] = document["contract"] | {term: value}
        faults = {
            finding.name
            for finding in verify_fees([made[0], {**made[1], "statement": document}])
            if not finding.holds
        }
        assert "terms" in faults, term


async def _two_statements(db: Database) -> list[dict[str, Any]]:
    contract = await agreed(db)
    for end in (QUARTER, SPRING):
        await read(db, contract, end - timedelta(days=9), 2_100_000)
        await read(db, contract, end, 2_400_000)
        await closed(db, end)
    return await files(db, contract)


def _statements(
    contract: Contract,
    periods: list[list[tuple[int, int, str]]],
    *,
    old: int,
    left: fees.Exit | None,
) -> Iterator[dict[str, Any]]:
    books, number, previous = Books(), 0, ""
    for order, period in enumerate(periods):
        at = START + timedelta(days=30 * order)
        contract = replace(
            contract, period_start=at, period_end=at + timedelta(days=30),
            terms=replace(contract.terms, rules=1 if order < old else 2),
            exit=left if order == len(periods) - 1 else None,
        )  # fmt: skip
        signed = []
        for equity, flow, account in period:
            number += 1
            reading = fees.Reading(f"acc_{account}", at, equity, flow)
            spelled = reading_bytes(
                contract.id, number, reading, source="arena", reference=str(number)
            )
            signed.append(
                SignedReading(number, reading, "arena", str(number), KEY.public, KEY.sign(spelled))
            )
        after: Settlement = settle(
            read_all(books, [each.reading for each in signed], contract.terms), contract.terms,
            contract.exit,
        )  # fmt: skip
        document = statement_document(
            contract, signed, books, after, charged=True, previous=previous
        )
        books, previous = after.books, document_sha(document)
        yield {
            "statement": document, "sha256": previous, "public_key": to_base64(KEY.public),
            "signature": to_base64(KEY.sign(canonical_json(document))),
        }  # fmt: skip
