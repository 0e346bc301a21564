"""Trials are registered before they run, once, all of a sweep in one call, and for good."""

import asyncio
import hashlib
import json
from dataclasses import replace

import asyncpg
import pytest

from arena.evidence import audit, log
from arena.kit.canonical import document_sha
from arena.people.access import SYSTEM, Actor
from arena.signals.feeds import LineageUnknown
from arena.signals.lab import NoSuchDocument, WrongKindOfDocument
from arena.signals.lab.trials import (
    TRIALS_MAX,
    BadTrial,
    NoSuchFamily,
    TooManyTrials,
    TrialNotRegistered,
    count_trials,
    family,
    family_id,
    family_of,
    register_trials,
    root_of,
    trial,
    trials,
)
from tests.signals.lab.trials.conftest import ENGINE, Bench


async def test_a_sweep_is_registered_in_the_order_given(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 5)
        shas = await register_trials(tx, bench.collective, grid, kind="sweep_member")
        mine = family_id(bench.owner, "crossing")
        kept = await trials(tx, mine)
    assert shas == [one.sha for one in grid]
    assert [one.sha for one in kept] == shas
    assert [one.configuration for one in kept] == grid
    whose = {(one.kind, one.model, one.owner_id) for one in kept}
    assert whose == {("sweep_member", "crossing", bench.owner)}
    assert all(one.vouched == "self_reported" and one.figures == {} for one in kept)
    assert {one.registered_at for one in kept} == {bench.db.clock.now()}


async def test_a_trials_name_is_the_digest_of_all_its_figures_follow_from(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        [one] = await bench.grid(tx, 1, seed=7, windows={"kind": "rolling", "train_bars": 100})
    assert one.sha == document_sha(
        {
            "version": "1", "lineage": one.lineage.as_dict(), "engine_version": ENGINE, "seed": 7,
            "windows": {"kind": "rolling", "train_bars": 100},
        }
    )  # fmt: skip
    others = [replace(one, seed=8), replace(one, windows=None), replace(one, engine_version="2"),
              replace(one, lineage=replace(one.lineage, policy_sha="0" * 64))]  # fmt: skip
    assert len({one.sha, *(other.sha for other in others)}) == 5


async def test_registering_again_is_the_same_trial_and_counts_once(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 4)
        first = await register_trials(tx, bench.collective, grid[:3], kind="sweep_member")
    async with bench.db.transaction() as tx:
        entries = await log.size_of(tx)
        again = await register_trials(tx, bench.collective, grid[:3], kind="backtest")
        assert again == first
        assert await log.size_of(tx) == entries
        await register_trials(tx, bench.collective, [*grid, grid[3]], kind="backtest")
        mine = family_id(bench.owner, "crossing")
        assert await count_trials(tx, mine) == 4
        assert [one.kind for one in await trials(tx, mine)] == ["sweep_member"] * 3 + ["backtest"]


async def test_a_family_is_one_owners_whichever_collective_registers(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 3)
        await register_trials(tx, bench.collective, grid[:2], kind="backtest")
        await register_trials(tx, bench.sister, grid, kind="backtest")
        await register_trials(tx, bench.owner, grid, kind="backtest")
        await register_trials(tx, bench.nobodys, grid[:1], kind="backtest")
        other = await bench.grid(tx, 2, model="renamed")
        await register_trials(tx, bench.sister, other, kind="backtest")
        sha = grid[0].lineage.model_config_sha
        ours = await family_of(tx, bench.sister, sha)
        theirs = await family_of(tx, bench.nobodys, sha)
    assert (ours.owner_id, ours.trials, ours.owner_trials) == (bench.owner, 3, 5)
    assert (theirs.owner_id, theirs.trials, theirs.owner_trials) == (bench.nobodys, 1, 1)


async def test_a_model_nobody_has_tried_has_an_empty_family(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        [one] = await bench.grid(tx, 1)
        found = await family_of(tx, bench.collective, one.lineage.model_config_sha)
        assert (found.trials, found.first_at, found.reproduced) == (0, None, 0)
        assert await count_trials(tx, found.id) == 0
        with pytest.raises(NoSuchFamily):
            await family(tx, found.id)
        with pytest.raises(NoSuchDocument):
            await family_of(tx, bench.collective, one.lineage.policy_sha)
        with pytest.raises(TrialNotRegistered):
            await trial(tx, bench.collective, one.sha)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from trial", "update trial set seed = 9", "truncate trial cascade",
        "delete from trial_registration", "update trial_registration set trials = 1",
        "truncate trial_registration", "delete from model_document", "update model_document set body = '{}'",
    ],
)  # fmt: skip
async def test_what_is_registered_cannot_be_removed_or_changed(bench: Bench, sql: str) -> None:
    async with bench.db.transaction() as tx:
        await register_trials(tx, bench.collective, await bench.grid(tx, 2), kind="backtest")
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="append-only"):
        async with bench.db.transaction() as tx:
            await tx.execute(sql)


async def test_the_log_names_the_root_that_the_registers_trials_digest_to(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 6)
        await register_trials(tx, bench.collective, grid[:2], kind="backtest")
        await register_trials(tx, bench.collective, grid, kind="sweep_member")
        mine = family_id(bench.owner, "crossing")
        last = (await trials(tx, mine, after=0))[-1]
        members = await trials(tx, mine, registration_id=last.registration_id)
        leaf = await log.leaf(tx, last.log_index)
    entry = json.loads(leaf.entry)
    assert [one.sha for one in members] == [one.sha for one in grid[2:]]
    digest = hashlib.sha256(b"".join(sorted(bytes.fromhex(one.sha) for one in members))).hexdigest()
    assert entry["root"] == digest == root_of([one.sha for one in members]) == last.root
    assert (entry["trials"], entry["family"], entry["owner"]) == ("4", mine, bench.owner)


async def test_models_of_one_call_go_to_their_own_families(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        both = [*await bench.grid(tx, 2), *await bench.grid(tx, 3, model="another")]
        await register_trials(tx, bench.collective, both, kind="backtest")
        assert await count_trials(tx, family_id(bench.owner, "crossing")) == 2
        assert await count_trials(tx, family_id(bench.owner, "another")) == 3


async def test_a_configuration_without_its_documents_is_refused_and_nothing_is_kept(
    bench: Bench,
) -> None:
    async with bench.db.transaction() as tx:
        [good] = await bench.grid(tx, 1)
    lineage = good.lineage
    cases = (
        (replace(good, lineage=replace(lineage, policy_sha="0" * 64)), LineageUnknown),
        (replace(good, lineage=replace(lineage, policy_sha=lineage.pack_sha)), WrongKindOfDocument),
        (replace(good, seed=-1), BadTrial), (replace(good, seed=2**53), BadTrial),
        (replace(good, engine_version=""), BadTrial), (replace(good, engine_version="a\nb"), BadTrial),
        (replace(good, windows={"n": 2**60}), BadTrial), (replace(good, windows={"n": "a" * 5000}), BadTrial),
        (replace(good, windows={"n": "a\x00b"}), BadTrial), (replace(good, windows={"\ud800": 1}), BadTrial),
        (replace(good, engine_version="\ud800"), BadTrial),
    )  # fmt: skip
    for bad, error in cases:
        with pytest.raises(error):
            async with bench.db.transaction() as tx:
                await register_trials(tx, bench.collective, [good, bad], kind="backtest")
    async with bench.db.transaction() as tx:
        assert await count_trials(tx, family_id(bench.owner, "crossing")) == 0
        with pytest.raises(TooManyTrials):
            await register_trials(tx, bench.collective, [good] * (TRIALS_MAX + 1), kind="backtest")


async def test_two_who_register_the_same_at_once_count_it_once(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 50)

    async def register(who: str) -> None:
        async with bench.db.transaction() as tx:
            await register_trials(tx, who, grid, kind="sweep_member")

    await asyncio.gather(*(register(who) for who in (bench.collective, bench.sister) * 3))
    async with bench.db.transaction() as tx:
        mine = family_id(bench.owner, "crossing")
        assert await count_trials(tx, mine) == 50 == len(await trials(tx, mine))


async def test_the_audit_trail_says_who_registered_how_many(bench: Bench) -> None:
    actor = Actor("collective", bench.collective)
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 3)
        for who in (actor, SYSTEM):
            await register_trials(tx, bench.collective, grid, kind="backtest", actor=who)
        mine = family_id(bench.owner, "crossing")
        [event] = await audit.search(tx, object=mine)
    assert (event.actor, event.action) == (bench.collective, "lab.register_trials")
    assert event.detail["trials"] == 3


async def test_ten_thousand_configurations_are_one_call(bench: Bench) -> None:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 10_000)
    async with bench.db.transaction() as tx:
        shas = await register_trials(tx, bench.collective, grid, kind="sweep_member")
        mine = family_id(bench.owner, "crossing")
        assert len(set(shas)) == await count_trials(tx, mine) == 10_000
        tail = await trials(tx, mine, after=(await trial(tx, bench.owner, shas[-3])).number)
        assert [one.sha for one in tail] == shas[-2:]
