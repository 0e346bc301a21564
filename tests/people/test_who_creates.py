"""Who becomes a creator: states move one way, codes are good once, and whoever comes at the same time loses."""

import asyncio
from datetime import timedelta

import pytest

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.people import access, identity
from arena.people.identity import (
    INVITATION_MOVES,
    REQUEST_MOVES,
    CreatorWish,
    InvitationStatus,
    RequestStatus,
)
from tests.http import person

OPEN, WAITLIST, INVITATION = (CreatorWish(p) for p in ("open", "waitlist", "invitation"))  # type: ignore[arg-type]  # each is a policy


async def become(db: Database, settings: Settings, person_id: str, wish: CreatorWish) -> bool:
    """Whether the person is a creator afterwards."""
    async with db.transaction() as tx:
        made = await identity.become_creator(tx, settings.vault, person_id, wish)
    return "creator" in made.roles


async def invite(db: Database, settings: Settings, *, days: int = 7) -> str:
    boss, _ = await person(db, "operator")
    async with db.transaction() as tx:
        return (await identity.invite(tx, settings.vault, by=boss, note="", days=days))[1]


def test_every_state_says_where_it_may_go() -> None:
    assert REQUEST_MOVES.keys() == set(RequestStatus)
    assert INVITATION_MOVES.keys() == set(InvitationStatus)
    assert not REQUEST_MOVES[RequestStatus.GRANTED]
    assert (
        not INVITATION_MOVES[InvitationStatus.USED] | INVITATION_MOVES[InvitationStatus.WITHDRAWN]
    )


async def test_each_policy_lets_in_whom_it_means_to(db: Database, settings: Settings) -> None:
    ada, _ = await person(db)
    with pytest.raises(identity.InvitationNeeded):
        await become(db, settings, ada, INVITATION)
    assert not await become(db, settings, ada, WAITLIST)
    assert not await become(db, settings, ada, WAITLIST)  # still one request
    assert await become(db, settings, ada, OPEN)
    assert await become(db, settings, ada, INVITATION)  # is one already
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select status from creator_request")
        (creator,) = await identity.creators(tx)
    assert [row["status"] for row in rows] == ["granted"]
    assert (creator.person.id, wall_now() - creator.since < timedelta(minutes=1)) == (ada, True)


async def test_a_code_makes_one_creator_whoever_comes_at_once(
    db: Database, settings: Settings
) -> None:
    code = await invite(db, settings)
    people = [(await person(db))[0] for _ in range(4)]
    wish = CreatorWish("invitation", invitation=code)
    done = await asyncio.gather(
        *(become(db, settings, one, wish) for one in people), return_exceptions=True
    )
    assert [outcome for outcome in done if outcome is True] == [True]
    assert sum(isinstance(outcome, identity.InvitationRefused) for outcome in done) == 3


async def test_one_person_waits_once_however_often_the_button_is_pressed(
    db: Database, settings: Settings
) -> None:
    ada, _ = await person(db)
    assert (
        await asyncio.gather(*(become(db, settings, ada, WAITLIST) for _ in range(4)))
        == [False] * 4
    )
    async with db.transaction(readonly=True) as tx:
        assert await identity.creator_requests_count(tx) == (1, await tx.fetchval(
            "select at from creator_request"
        ))  # fmt: skip


async def test_two_operators_decide_once(db: Database, settings: Settings) -> None:
    ada, _ = await person(db)
    boss, _ = await person(db, "operator")
    await become(db, settings, ada, WAITLIST)

    async def grant() -> None:
        async with db.transaction() as tx:
            asked = await identity.creator_request_of(tx, ada)
            assert asked is not None
            await identity.grant_creator(tx, asked.id, by=boss, reason=None)

    done = await asyncio.gather(grant(), grant(), grant(), return_exceptions=True)
    assert sum(outcome is None for outcome in done) == 1
    assert sum(isinstance(outcome, identity.CreatorRequestMoved) for outcome in done) == 2
    async with db.transaction(readonly=True) as tx:
        facts = await tx.fetchval("select count(*) from fact where kind = 'CreatorDecided'")
    assert facts == 1


async def test_a_sign_up_that_is_refused_leaves_nobody(db: Database, settings: Settings) -> None:
    for wish in (
        INVITATION,
        CreatorWish("invitation", invitation="wrong"),
        CreatorWish("waitlist", invitation="x"),
    ):
        with pytest.raises(ArenaError):
            async with db.transaction() as tx:
                await identity.sign_up(
                    tx, settings.vault, email="ada@example.org", name="Ada",
                    password="four words in a row", wish=wish,
                )  # fmt: skip
    async with db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from person") == 0


async def test_a_link_in_two_hands_changes_one_password(db: Database, settings: Settings) -> None:
    ada, _ = await person(db, name="ada")
    async with db.transaction() as tx:
        await access.request_reset(tx, "ada@example.org")
        token = access.reset_token(
            settings.vault, await tx.fetchval("select id from password_reset")
        )

    async def reset(password: str) -> None:
        async with db.transaction() as tx:
            await access.reset_password(tx, settings.vault, token, password)

    done = await asyncio.gather(
        reset("the first pass phrase"), reset("the second pass phrase"), return_exceptions=True
    )
    assert sum(outcome is None for outcome in done) == 1
    assert sum(isinstance(outcome, access.ResetLinkOver) for outcome in done) == 1
    async with db.transaction(readonly=True) as tx:
        found = await identity.person_by_email(tx, "ada@example.org")
    assert found is not None
    assert found[0].id == ada
    winner = ("the first pass phrase", "the second pass phrase")[done.index(None)]
    assert await identity.password_matches(winner, found[1])


async def test_whoever_created_before_there_was_a_date_has_one(db: Database) -> None:
    """A role that is granted twice keeps the date of the first time."""
    ada, _ = await person(db, "creator")
    async with db.transaction() as tx:
        before = (await identity.creators(tx))[0].since
        await identity.grant_role(tx, ada, "creator")
        assert (await identity.creators(tx))[0].since == before
