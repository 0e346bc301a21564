"""Payees and sanctions lists: a hit makes a case and no silence, a person decides, and a new list asks again."""

from functools import partial

import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import drain
from arena.money import due_diligence as due
from arena.money import payouts
from arena.people.access import Actor
from tests.money.creators import actor

LIST = (
    "name,aliases,birth_date,country\n"
    "Viktor Petrov,Vitya Petrow;Victor Petrov,12 Mar 1964,RU\n"
    "Shell Trading Ltd,,,IR\n"
)
SCREENS = {
    due.PartyNamed: [Reaction("screen", partial(due.screen_named, score_min=85))],
    due.SanctionsListLoaded: [Reaction("screen_all", partial(due.screen_all, score_min=85))],
}


@pytest.fixture
def reacting(db: Database) -> Database:
    return Database(db.pool, db.clock, Routing(SCREENS))


class Desk:
    """A payee, an operator, and what the payee's checklist says of the lists."""

    def __init__(self, db: Database, people: tuple[Actor, Actor]) -> None:
        self.db, (self.me, self.operator) = db, people

    async def named(self, name: str, born: int | None = None) -> None:
        async with self.db.transaction() as tx:
            await due.name_party(tx, due.Party(self.me.id, name, "DE", born))

    async def load(self, text: str, name: str = "OFAC") -> due.SanctionsList:
        async with self.db.transaction() as tx:
            return await due.load_list(tx, name, text.encode(), actor=self.operator)

    async def standing(self) -> str:
        await drain(self.db)
        async with self.db.transaction() as tx:
            return (await due.standing_of(tx, self.me.id))[0]

    async def open(self) -> list[due.Case]:
        async with self.db.transaction() as tx:
            return await due.open_cases(tx)

    async def decide(self, case: due.Case, *, same: bool, by: Actor | None = None) -> due.Case:
        async with self.db.transaction() as tx:
            return await due.decide_case(
                tx, case.id, same=same, reason="compared the passport", actor=by or self.operator
            )


@pytest.fixture
async def desk(reacting: Database) -> Desk:
    return Desk(reacting, (await actor(reacting, "creator"), await actor(reacting, "operator")))


async def test_without_a_list_nobody_waits_and_with_one_a_name_waits_until_it_is_compared(
    desk: Desk,
) -> None:
    await desk.named("Ada Maker")
    assert await desk.standing() == "unlisted"
    await desk.load(LIST)
    async with desk.db.transaction() as tx:
        assert (await due.standing_of(tx, desk.me.id))[0] == "waiting"
    assert await desk.standing() == "clear"
    assert await desk.open() == []


async def test_a_hit_is_a_case_that_a_person_clears_and_the_same_words_are_not_asked_again(
    desk: Desk,
) -> None:
    await desk.load(LIST)
    await desk.named("Petrov, Victor")
    assert await desk.standing() == "looked_into"
    [case] = await desk.open()
    assert (case.hit.score, case.hit.matched, case.hit.entry.born) == (100, "Victor Petrov", [1964])
    assert (await desk.decide(case, same=False)).state == "cleared"
    assert await desk.standing() == "clear"
    await desk.load(LIST + "Somebody Else,,,\n")
    assert await desk.standing() == "clear", "the entry is the same: it was decided"
    await desk.load(LIST.replace("1964", "1965"))
    assert await desk.standing() == "looked_into", "the entry has changed"


async def test_who_is_on_a_list_is_not_paid_until_somebody_decides_otherwise(desk: Desk) -> None:
    await desk.load(LIST)
    await desk.named("Viktor Petrov", 1964)
    assert await desk.standing() == "looked_into"
    [case] = await desk.open()
    await desk.decide(case, same=True)
    assert await desk.standing() == "confirmed"
    with pytest.raises(due.CaseMovedOn):
        await desk.decide(case, same=True)
    await desk.load("name\nNobody Here\n")
    assert await desk.standing() == "confirmed", "a decision is undone by a person only"
    await desk.decide(case, same=False)
    assert await desk.standing() == "clear"


async def test_an_open_case_lapses_with_its_reason_and_comes_back_with_it(desk: Desk) -> None:
    await desk.load(LIST)
    await desk.named("Viktor Petrov")
    assert await desk.standing() == "looked_into"
    await desk.named("Ada Maker")
    assert await desk.standing() == "clear"
    await desk.named("Viktor Petrov")
    assert await desk.standing() == "looked_into"
    [case] = await desk.open()
    async with desk.db.transaction() as tx:
        lines = await audit.search(tx, object=case.id)
    assert [line.action.rpartition(".")[2] for line in lines] == [
        "case_open",
        "case_lapsed",
        "case_open",
    ]


async def test_several_lists_hold_at_once_and_nobody_decides_on_himself(desk: Desk) -> None:
    await desk.load(LIST)
    await desk.load("name,country\nВиктор Петров,RU\n", "EU")
    await desk.named("Виктор Петров")
    assert await desk.standing() == "looked_into"
    case, other = sorted(await desk.open(), key=lambda each: each.hit.list_name)
    assert (case.hit.list_name, case.hit.score) == ("EU", 100)
    assert (other.hit.matched, other.hit.score) == ("Viktor Petrov", 100), "in Latin letters"
    both = Actor("person", desk.me.id, desk.operator.scopes)
    with pytest.raises(due.NotYourOwnCase):
        await desk.decide(case, same=False, by=both)
    with pytest.raises(due.NoSuchCase):
        async with desk.db.transaction() as tx:
            await due.decide_case(tx, "scs_none", same=True, reason="none", actor=both)


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    first = await desk.load(LIST)
    assert await desk.load(LIST) == first
    second = await desk.load(LIST + "One More,,,\n")
    assert (second.version, second.entries) == (2, 3)
    async with desk.db.transaction() as tx:
        assert await due.lists(tx) == [second]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "columns"),
        (b"name\n", "no entry"),
        (b"first,last\nAda,Maker\n", "columns"),
        (b"name,country\n,DE\n", "line 2 has no name"),
        (b"name,birth_date\nAda,soon\n", "'soon' in line 2"),
        (b"name\nAda\n\xff\xfe\n", "line 3 is not UTF-8"),
        (b"name\nA\x00da\n", "no text"),
        (b"name\n" + b"a" * 501 + b"\n", "more than 500"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_by_its_line(content: bytes, words: str) -> None:
    with pytest.raises(due.ListRefused, match=words):
        due.read_list(content)


def test_a_list_has_aliases_years_and_countries_as_people_write_them() -> None:
    text = "﻿Name, Aliases ,Birth_Date,Country,Extra\nA B, C D ; C D;. ,1961; circa 1963,RU;BY,x\n\n"
    assert due.read_list(text.encode()) == [due.Entry("A B", ("C D",), (1961, 1963), ("RU", "BY"))]


async def test_an_identity_that_is_handed_in_is_compared_with_its_year_of_birth(
    desk: Desk, settings: object
) -> None:
    await desk.load(LIST)
    vault = settings.vault  # type: ignore[attr-defined]  # the fixture of the run
    paper = payouts.NewPaper("identity", "person", "Viktor Petrov", "DE", "1990-05-01")
    async with desk.db.transaction() as tx:
        await payouts.hand_in(tx, vault, paper, actor=desk.me)
    assert await desk.standing() == "looked_into"
    assert [case.hit.score for case in await desk.open()] == [85]
