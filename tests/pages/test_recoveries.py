"""Lost keys: an operator binds a new one, the owner sees it and may stop it, and the profile says that it happened."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from arena.people import identity
from arena.trading import orders
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.people.signer import Signer
from tests.stories.house import House

HERE = "/operator/recoveries"
REASON = "Called back on the number we know."


@dataclass
class Lost:
    operator: Reader
    owner: Reader
    collective: identity.Collective


@pytest.fixture
async def lost(house: House) -> AsyncIterator[Lost]:
    """A collective of a creator who has lost its key."""
    async with Reader(house) as operator, Reader(house) as owner:
        await operator.sign_in("operator")
        await owner.sign_in("creator")
        signer = Signer()
        async with house.arena.db.transaction() as tx:
            made = await identity.register_collective(
                tx, identity.Registration(f"Lost {signer.key_id[4:12]}", "", signer.key.public, owner.person_id)
            )  # fmt: skip
        yield Lost(operator, owner, made)


def proof(house: House, collective_id: str, signer: Signer) -> str:
    return json.dumps(
        signer.prove(
            purpose="sigma-arena/recover-keys/v1", origin=house.arena.settings.origin,
            collective=collective_id,
        ),
        indent=1,
    )  # fmt: skip


async def begin(house: House, lost: Lost, signer: Signer) -> str:
    fields = {
        "collective_id": lost.collective.id, "proof": proof(house, lost.collective.id, signer), "reason": REASON,
    }  # fmt: skip
    answer = await lost.operator.send(HERE, fields, page=await lost.operator.get(HERE))
    assert f"The new key of {lost.collective.name} waits." in text_of(answer.text)
    async with house.arena.db.transaction(readonly=True) as tx:
        (one,) = await identity.recoveries_of(tx, [lost.collective.id])
    return one.id


async def test_a_new_key_waits_is_seen_by_everybody_and_then_bound(
    house: House, lost: Lost, browser: Browser
) -> None:
    new = Signer()
    await begin(house, lost, new)
    profile, studio = f"/profiles/{lost.collective.id}", f"/studio/collectives/{lost.collective.id}"
    async with Reader(house) as visitor:
        assert "about to bind a new key" in text_of((await visitor.get(profile)).text)
    own = (await lost.owner.get(studio)).text
    assert REASON in own
    await look_at(browser, house, HERE, "recoveries", cookies=lost.operator.cookies)
    await look_at(browser, house, studio, "studio-recovery", cookies=lost.owner.cookies)
    async with house.arena.db.transaction() as tx:
        await tx.execute("update key_recovery set due_at = begun_at where status = 'waiting'")
    await identity.finish_recoveries(house.arena.db)
    async with Reader(house) as visitor:
        said = text_of((await visitor.get(profile)).text)
    assert "Keys were recovered: an operator bound a new one, all others ended" in said
    assert "about to bind a new key" not in said
    assert new.public in (await lost.operator.get(HERE)).text
    assert "recovery" not in (await lost.owner.get(studio)).text.split("<main")[1].split("Keys")[0]


async def test_the_owner_stops_it_from_the_studio(house: House, lost: Lost) -> None:
    recovery_id = await begin(house, lost, Signer())
    studio = f"/studio/collectives/{lost.collective.id}"
    stop = f"{studio}/recoveries/{recovery_id}/stop"
    empty = await lost.owner.send(stop, {"reason": ""}, page=await lost.owner.get(studio))
    assert empty.status_code == 422
    async with Reader(house) as stranger:
        await stranger.sign_in("creator")
        assert (await stranger.send(stop, {"reason": "Mine now."})).status_code == 404
    said = await lost.owner.send(
        stop, {"reason": "The key was found again."}, page=await lost.owner.get(studio)
    )
    assert "Stopped. Your keys are as they were." in text_of(said.text)
    assert "The key was found again." in text_of((await lost.operator.get(HERE)).text)
    late = await lost.owner.send(stop, {"reason": "Once more."})
    assert late.status_code == 409


async def test_the_operator_stops_what_he_should_not_have_begun(house: House, lost: Lost) -> None:
    recovery_id = await begin(house, lost, Signer())
    stop = f"{HERE}/{recovery_id}/stop"
    short = await lost.operator.send(stop, {"reason": "x"}, page=await lost.operator.get(HERE))
    assert short.status_code == 422
    said = await lost.operator.send(
        stop, {"reason": "The passport was false."}, page=await lost.operator.get(HERE)
    )
    assert "as they were" in text_of(said.text)
    async with house.arena.db.transaction(readonly=True) as tx:
        one = await identity.recovery(tx, recovery_id)
    assert (one.status, one.ended_by) == (
        identity.RecoveryStatus.STOPPED, lost.operator.person_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong", ["no json", "half", "other collective", "unknown collective", "no reason"]
)
async def test_what_proves_nothing_comes_back_with_words(
    house: House, lost: Lost, wrong: str
) -> None:
    fields = {
        "collective_id": lost.collective.id, "proof": proof(house, lost.collective.id, Signer()), "reason": REASON,
    }  # fmt: skip
    change, expected = {
        "no json": ({"proof": "not json"}, "Paste it whole"),
        "half": ({"proof": '{"public_key": "x"}'}, "Paste it whole"),
        "other collective": (
            {"proof": proof(house, "col_" + "1" * 26, Signer())},
            "does not fit",
        ),
        "unknown collective": ({"collective_id": "col_" + "0" * 26}, "does not fit"),
        "no reason": ({"reason": ""}, "Fill this in."),
    }[wrong]  # fmt: skip
    answer = await lost.operator.send(
        HERE, {**fields, **change}, page=await lost.operator.get(HERE)
    )
    assert answer.status_code == 422
    assert expected in text_of(answer.text)
    async with house.arena.db.transaction(readonly=True) as tx:
        assert await identity.recoveries_of(tx, [lost.collective.id]) == []


async def test_an_own_account_is_begun_anew_from_the_studio(
    house: House, lost: Lost, browser: Browser
) -> None:
    studio = f"/studio/collectives/{lost.collective.id}"
    reset = f"{studio}/reset"
    assert "None yet: its first order opens one." in text_of((await lost.owner.get(studio)).text)
    nothing = await lost.owner.send(reset, {"reason": "another strategy"})
    assert nothing.status_code == 409
    async with house.arena.db.transaction() as tx:
        await orders.own_account(tx, lost.collective.id, 100_000)
    page = await lost.owner.get(studio)
    assert (await lost.owner.send(reset, {"reason": ""}, page=page)).status_code == 422
    async with Reader(house) as stranger:
        await stranger.sign_in("creator")
        assert (await stranger.send(reset, {"reason": "not mine"})).status_code == 404
    done = await lost.owner.send(reset, {"reason": "another strategy"}, page=page)
    assert "A fresh account is open." in text_of(done.text)
    assert "Account 2, opened with" in text_of(done.text)
    await look_at(browser, house, studio, "studio-begun-anew", cookies=lost.owner.cookies)
