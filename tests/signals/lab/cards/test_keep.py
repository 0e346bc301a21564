"""A card is kept as it was sent, with its documents and trials; what does not hang together is refused."""

from typing import Any

import asyncpg
import pytest

from arena.evidence import log
from arena.kit.canonical import canonical_json, document_sha
from arena.kit.db import Database
from arena.people.identity import Registration, register_collective
from arena.signals.feeds import Lineage
from arena.signals.lab import KINDS, document, register_documents
from arena.signals.lab.cards import (
    CardOfAnother,
    MalformedCard,
    NoSuchCard,
    canonical_card,
    card,
    cards_of,
    keep_card,
    next_waiting,
    note_reproduction,
)
from arena.signals.lab.trials import Configuration, family, register_trials
from tests.http import person
from tests.signals.lab.cards.making import made_card


async def collective(db: Database, name: str = "Northwind", owner: str | None = None) -> str:
    async with db.transaction() as tx:
        key = name.encode().ljust(32, b".")
        return (await register_collective(tx, Registration(name, "", key, owner))).id


async def test_a_card_comes_back_to_the_byte(db: Database) -> None:
    body = made_card()
    mine = await collective(db)
    async with db.transaction() as tx:
        kept = await keep_card(tx, mine, body)
    async with db.transaction(readonly=True) as tx:
        again = await card(tx, kept.sha)
        leaf = await log.leaf(tx, again.log_index)
        for kind, sha in body["lineage"].items():
            assert (await document(tx, sha)).body == body["documents"][kind.removesuffix("_sha")]
    assert canonical_json(again.body) == canonical_json(body)
    assert again.sha == document_sha(body)
    assert again.label == "self_reported"
    assert kept.sha.encode() in leaf.entry


@pytest.mark.parametrize(
    "value",
    [5e-324, 0.1 + 0.2, -0.0, 1e-7, 123456789.12345679, 2**53 - 1.0, -1.7976931348623157e-300],
)
async def test_every_number_comes_back_as_it_was(db: Database, value: float) -> None:
    body, mine = made_card(), await collective(db)
    body["figures"]["costs"]["fees"] = value
    async with db.transaction() as tx:
        sha = (await keep_card(tx, mine, body)).sha
        assert document_sha((await card(tx, sha)).body) == sha == document_sha(body)


async def test_the_trials_of_its_study_are_registered_once(db: Database) -> None:
    body, mine = made_card(), await collective(db)
    async with db.transaction() as tx:
        kept = await keep_card(tx, mine, body)
        counted = await family(tx, kept.family_id)
        assert (counted.trials, counted.model) == (8, "moving_average_cross")
        other = made_card(seed=2)
        assert (await keep_card(tx, mine, other)).sha != kept.sha
        assert (await family(tx, kept.family_id)).trials == 16
        assert (await keep_card(tx, mine, body)).number == kept.number
        assert (await family(tx, kept.family_id)).trials == 16
        assert [one.sha for one in await cards_of(tx, mine)] == [document_sha(other), kept.sha]


async def test_trials_registered_before_they_ran_are_not_counted_again(db: Database) -> None:
    body, mine = made_card(), await collective(db)
    async with db.transaction() as tx:
        for kind in KINDS:
            await register_documents(tx, kind, [body["documents"][kind]])
        before = Configuration(Lineage(**body["lineage"]), "lab-1", 7)
        await register_trials(tx, mine, [before], kind="sweep_member")
        kept = await keep_card(tx, mine, body)
        assert (await family(tx, kept.family_id)).trials == 8


async def test_cards_of_a_person_are_those_of_all_his_collectives(db: Database) -> None:
    owner, _ = await person(db, "creator")
    one, other = await collective(db, "One", owner), await collective(db, "Other", owner)
    async with db.transaction() as tx:
        kept = await keep_card(tx, one, made_card())
        assert kept.owner_id == owner
        assert [each.sha for each in await cards_of(tx, other)] == [kept.sha]
        assert await cards_of(tx, owner, before=kept.number) == []


async def test_a_card_that_another_has_kept_stays_his(db: Database) -> None:
    mine, other = await collective(db), await collective(db, "Southwind")
    async with db.transaction() as tx:
        await keep_card(tx, mine, made_card())
        with pytest.raises(CardOfAnother):
            await keep_card(tx, other, made_card())


def _changed(path: str, value: Any) -> dict[str, Any]:
    body = made_card()
    *way, last = path.strip("/").split("/")
    place = body
    for name in way:
        place = place[name]
    place[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("/label", "reproduced", "/label"),
        ("/version", "2", "/version"),
        ("/lineage/pack_sha", "0" * 64, "/lineage/pack_sha"),
        ("/documents/model_config/parameters/fast_bars", 4, "/lineage/model_config_sha"),
        ("/figures/luck/trials", 1, "/figures/luck/trials"),
        ("/figures/walk_forward/net/sharpe", "high", "/figures/walk_forward/net/sharpe"),
        ("/figures/costs/traded", 1e30, "/figures/costs/traded"),
        ("/name", "Another", "/name"),
        ("/name", "Nul\u0000", ""),
        ("/surplus", 1, "/surplus"),
        ("/study/space", {"fast": [1]}, "/study/space"),
        ("/study/space", {"fast_bars": list(range(1000)), "slow_bars": list(range(1000))}, "/study/space"),
        ("/figures/data", None, "/figures/data"),
        ("/figures/data/since", "2021-02-30T00:00:00.000Z", "/figures/data/since"),
        ("/figures/walk_forward/net/until", "2021-13-01T00:00:00.000Z", "/figures/walk_forward/net/until"),
        ("/figures/walk_forward/daily_returns", [900.0] * 500, "/figures/walk_forward/daily_returns"),
        ("/figures/walk_forward/net/total_return", -3, "/figures/walk_forward/net/total_return"),
    ],
)  # fmt: skip
def test_what_does_not_hang_together_is_pointed_at(path: str, value: Any, at: str) -> None:
    with pytest.raises(MalformedCard) as refused:
        canonical_card(_changed(path, value))
    errors: Any = refused.value.facts["errors"]
    assert at in [error["pointer"] for error in errors]


async def test_an_unknown_card_is_said_to_be_unknown(db: Database) -> None:
    async with db.transaction(readonly=True) as tx:
        with pytest.raises(NoSuchCard):
            await card(tx, "0" * 64)


async def test_the_label_follows_from_what_the_arena_found(db: Database) -> None:
    body, mine = made_card(), await collective(db)
    async with db.transaction() as tx:
        sha = (await keep_card(tx, mine, body)).sha
        waits = await next_waiting(tx, "1")
        assert waits is not None
        assert waits.sha == sha
        lines = [f"/figures/{n}: 1 was 2" for n in range(80)]
        await note_reproduction(tx, sha, "different", engine_version="1", differences=lines)
        found = await card(tx, sha)
        assert (found.label, len(found.reproductions[0].differences)) == ("self_reported", 50)
        assert await next_waiting(tx, "1") is None
        assert await next_waiting(tx, "2") is not None
        await note_reproduction(tx, sha, "reproduced", engine_version="2")
        assert (await card(tx, sha)).label == "reproduced"
        assert [r.outcome for r in (await card(tx, sha)).reproductions] == [
            "different",
            "reproduced",
        ]


@pytest.mark.parametrize("table", ["model_card", "card_reproduction"])
async def test_nothing_kept_can_be_changed(db: Database, table: str) -> None:
    mine = await collective(db)
    async with db.transaction() as tx:
        sha = (await keep_card(tx, mine, made_card())).sha
        await note_reproduction(tx, sha, "no_data", engine_version="1")
    for statement in (
        f"update {table} set at = at",
        f"delete from {table}",
        f"truncate {table} cascade",
    ):
        with pytest.raises(asyncpg.PostgresError, match="append"):
            async with db.transaction() as tx:
                await tx.execute(statement)
