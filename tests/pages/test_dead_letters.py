"""Dead letters as a page: made by a reaction that really fails, read, replayed one by one and all of a handler."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from arena.kit.db import Tx
from arena.kit.facts import Reaction, Routing
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import HOSTILE, one
from tests.stories.house import House

PATH = "/operator/dead-letters"


@dataclass(frozen=True, slots=True)
class KettleBoiled:
    kettle: str
    cups: list[str]

    @property
    def key(self) -> str:
        return self.kettle


class Tea:
    """A reaction that breaks while there are no cups."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.broken = True
        self.poured: list[str] = []

    async def pour(self, _tx: Tx, fact: KettleBoiled) -> None:
        if self.broken:
            raise RuntimeError(f"no cup for {fact.kettle} {HOSTILE}")
        self.poured.append(fact.kettle)

    async def boil(self, *kettles: str) -> None:
        """Each fact's reaction has failed for good afterwards: the worker in a hurry tries it eight times."""
        async with self.house.arena.db.transaction() as tx:
            for kettle in kettles:
                await tx.record(KettleBoiled(kettle, ["blue", HOSTILE]))
        await self.settle()

    async def settle(self) -> None:
        self.house.reactor.wake()
        await self.house.settle()


@pytest.fixture
async def tea(house: House) -> AsyncIterator[Tea]:
    """Its reactions are known to the house for this test only; at the end none of them is left over."""
    made, db = Tea(house), house.arena.db
    before = db.routing
    known = Routing({KettleBoiled: [Reaction("tea.pour", made.pour)]})
    known.kinds |= before.kinds
    known.handlers |= before.handlers
    known._names |= before._names
    db.routing = known
    yield made
    made.broken = False
    async with db.transaction() as tx:
        await tx.execute(
            "update reaction set state = 'pending' where handler = 'tea.pour' and state = 'dead'"
        )
    await made.settle()
    db.routing = before


async def test_no_dead_letters_is_good_news(reader: Reader) -> None:
    await reader.sign_in("operator")
    assert "No dead letters" in (await reader.get(PATH)).text


async def test_a_dead_letter_says_what_failed_and_why(reader: Reader, tea: Tea) -> None:
    await tea.boil("blue kettle")
    await reader.sign_in("operator")
    page = await reader.get(PATH)
    text = text_of(page.text)
    for words in ("tea.pour", "KettleBoiled", "RuntimeError: no cup for blue kettle", "8 attempts",
                  "blue kettle", "less than a minute ago"):  # fmt: skip
        assert words in text, words
    assert "<script>alert" not in page.text
    assert "Dead letters 1 waiting" in text
    desk = text_of((await reader.get("/operator")).text)
    assert "Dead letters 1 the oldest for less than a minute" in desk
    assert "look at it" in desk


async def test_one_is_replayed_and_its_outcome_stays_visible(
    house: House, reader: Reader, tea: Tea
) -> None:
    await tea.boil("green")
    await reader.sign_in("operator")
    page = await reader.get(PATH)
    fact = await one(
        house, "select fact_id from reaction where handler = 'tea.pour' and key = 'green'"
    )
    fields = {"fact_id": str(fact), "handler": "tea.pour"}
    answer = await reader.send(f"{PATH}/replay", fields, page=page)
    assert "It is in line again" in answer.text
    await tea.settle()  # it fails once more
    assert "It failed for good again" in (await reader.get(PATH)).text
    tea.broken = False
    page = await reader.get(PATH)
    await reader.send(f"{PATH}/replay", fields, page=page)
    await tea.settle()
    assert tea.poured == ["green"]
    after = text_of((await reader.get(PATH)).text)
    assert "No dead letters" in after
    assert f"tea.pour fact {fact} It went through" in after
    assert await one(
        house, "select count(*) from audit_event where action = 'reactions.replay' and object = $1"
        " and request_id like 'req_%'", f"{fact}/tea.pour",
    ) == 2  # fmt: skip


async def test_a_replay_sent_twice_acts_once(house: House, reader: Reader, tea: Tea) -> None:
    await tea.boil("red")
    await reader.sign_in("operator")
    page = await reader.get(PATH)
    fact = await one(
        house, "select fact_id from reaction where handler = 'tea.pour' and key = 'red'"
    )
    fields = {"fact_id": str(fact), "handler": "tea.pour"}
    tea.broken = False
    for _ in range(2):
        answer = await reader.send(f"{PATH}/replay", fields, page=page)
        assert answer.status_code == 200
    await tea.settle()
    gone = await reader.send(f"{PATH}/replay", fields)  # another form for what has gone through
    assert gone.status_code == 404
    assert "not among the dead letters any more" in gone.text
    assert await one(
        house, "select count(*) from audit_event where action = 'reactions.replay' and object = $1",
        f"{fact}/tea.pour",
    ) == 1  # fmt: skip


async def test_all_of_a_handler_are_replayed_together(
    house: House, reader: Reader, tea: Tea
) -> None:
    await tea.boil(*(f"kettle {number}" for number in range(30)))
    await reader.sign_in("operator")
    page = await reader.get(PATH)
    assert page.text.count('class="letter"') == 25
    tea.broken = False
    answer = await reader.send(f"{PATH}/replay-all", {"handler": "tea.pour"}, page=page)
    assert "30 reactions are in line again" in answer.text
    await tea.settle()
    assert len(tea.poured) == 30
    assert "No dead letters" in (await reader.get(PATH)).text
    lines = await one(
        house, "select count(distinct object) from audit_event where action = 'reactions.replay'"
        " and actor = $1", reader.person_id,
    )  # fmt: skip
    assert lines == 30
    none = await reader.send(f"{PATH}/replay-all", {"handler": "tea.pour"})
    assert "Nothing of this handler was dead any more" in none.text


@pytest.mark.parametrize(
    "fields", [{}, {"fact_id": "x", "handler": "tea.pour"}, {"fact_id": "1", "handler": "a b"}]
)
async def test_a_form_that_cannot_be_read_changes_nothing(
    reader: Reader, fields: dict[str, str]
) -> None:
    await reader.sign_in("operator")
    answer = await reader.send(f"{PATH}/replay", fields)
    assert answer.status_code == 422
    assert "could not be read" in answer.text


async def test_others_replay_nothing(house: House, reader: Reader, tea: Tea) -> None:
    await tea.boil("white")
    await reader.sign_in("creator")
    for path, fields in (
        (f"{PATH}/replay", {"fact_id": "1"}),
        (f"{PATH}/replay-all", {"handler": "tea.pour"}),
    ):
        assert (await reader.send(path, fields)).status_code == 403
    assert (
        await one(house, "select state from reaction where handler = 'tea.pour' and key = 'white'")
        == "dead"
    )


async def test_the_dead_letters_are_drawn_well(
    house: House, reader: Reader, tea: Tea, browser: Browser
) -> None:
    await reader.sign_in("operator")
    cookies = reader.cookies
    await look_at(browser, house, PATH, "operator-dead-letters-none", cookies=cookies)
    await tea.boil("copper", "iron")
    page = await reader.get(PATH)
    fact = await one(
        house, "select fact_id from reaction where handler = 'tea.pour' and key = 'iron'"
    )
    answer = await reader.send(
        f"{PATH}/replay", {"fact_id": str(fact), "handler": "tea.pour"}, page=page
    )
    assert "It is in line again" in answer.text
    await tea.settle()
    await look_at(browser, house, PATH, "operator-dead-letters", cookies=cookies)
    await look_at(browser, house, "/operator", "operator-desk-dead", cookies=cookies)
    await look_at(browser, house, "/operator/health", "operator-health-degraded", cookies=cookies)
