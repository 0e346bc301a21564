"""A creator of the house who has earned for some months, for tests of the pages of money."""

from datetime import timedelta

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.facts import Routing
from arena.money import earnings, payouts, statements
from arena.people.access import Actor, scopes_of
from tests.money.creators import PAPERS, earn, take_back
from tests.pages.reader import Reader
from tests.stories.house import House

MONTHS = 5


async def has_earned(house: House, reader: Reader) -> None:
    """A charge a month, the last of them some days ago, one refund; months are closed."""
    db, creator_id = house.arena.db, reader.person_id
    for number in range(MONTHS, 0, -1):
        behind = past(db, timedelta(days=30 * number - 10))
        for which in range(1, 3):
            cents = 40_000 * which + 3_000 * (MONTHS - number)
            await earn(
                behind, creator_id, cents, idem=f"{creator_id}:{number}:{which}",
                reference=f"sub_{creator_id[4:]}{which}",
            )  # fmt: skip
    recent = past(db, timedelta(days=3))
    await earn(
        recent, creator_id, 8_415, idem=f"{creator_id}:new", reference=f"sub_{creator_id[4:]}3"
    )
    await earnings.mature_due(db, earnings.Hold.of(house.arena.settings).wait)
    await take_back(
        db, creator_id, 12_345, idem=f"{creator_id}:back", reference=f"sub_{creator_id[4:]}1"
    )
    await statements.close_due(db)


async def has_papers(house: House, reader: Reader, operator_id: str) -> None:
    """Handed in and accepted."""
    vault = house.arena.settings.vault
    for paper in PAPERS:
        async with house.arena.db.transaction() as tx:
            made = await payouts.hand_in(tx, vault, paper, actor=actor(reader.person_id, "creator"))
            operator = actor(operator_id, "operator")
            await payouts.decide_paper(tx, made.id, accept=True, actor=operator, reason=None)


def actor(person_id: str, role: str) -> Actor:
    return Actor("person", person_id, scopes_of((role,)))


def past(db: Database, span: timedelta) -> Database:
    """The same arena, as it was."""
    return Database(db.pool, TapeClock(db.clock.now() - span), Routing())
