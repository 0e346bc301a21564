"""Where all keys are lost an operator binds a new one: told to the owner, stopped by whoever may, bound when due."""

import email
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.policy import default
from typing import Any

import httpx
import pytest

from arena.evidence import audit
from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.outbox import react_once
from arena.kit.settings import Settings
from arena.people import access, identity
from arena.people.access.routes import routes
from arena.reactions import table
from arena.trading.venues import Rules
from arena.trading.venues.bars import BarVenue
from arena.trading.venues.dialects.binance.exchange_keys import create_exchange_key, stands
from tests.http import make_client, person
from tests.people.signer import Signer

RECOVER = "sigma-arena/recover-keys/v1"
REASON = "Called back on the number we know."


@dataclass
class Lost:
    """A collective whose owner has lost its keys."""

    client: httpx.AsyncClient
    db: Database
    settings: Settings
    old: Signer
    collective_id: str
    owner_id: str
    owner: dict[str, str]
    operator: dict[str, str]

    async def begin(self, new: Signer, **change: Any) -> httpx.Response:
        proof = new.prove(
            purpose=RECOVER, origin=self.settings.origin, collective=self.collective_id,
            **({"created": change.pop("created")} if "created" in change else {}),
        )  # fmt: skip
        path = f"/collectives/{self.collective_id}/recoveries"
        body = {**proof, "reason": REASON, **change}
        return await self.client.post(path, json=body, headers=self.operator)

    async def signs(self, signer: Signer) -> bool:
        return (await self.client.get("/me", auth=signer.auth())).status_code == 200

    async def pass_by(self, hours: float) -> None:
        """As if it had been begun so much earlier."""
        async with self.db.transaction() as tx:
            await tx.execute(
                "update key_recovery set due_at = due_at - $1::interval where status = 'waiting'",
                timedelta(hours=hours),
            )

    async def letters(self) -> list[str]:
        """Subjects and words of what was sent since the last look."""
        while await react_once(self.db, impatient=True, outward=True):
            pass
        sent = []
        for path in sorted((self.settings.home / "mail").glob("*.eml")):
            letter = email.message_from_bytes(path.read_bytes(), policy=default)
            body = letter.get_body(("plain",))
            assert body is not None
            sent.append(" ".join(f"{letter['subject']}\n{body.get_content()}".split()))
            path.unlink()
        return sent


@pytest.fixture
async def lost(db: Database, settings: Settings) -> AsyncIterator[Lost]:
    post = access.Post(choose_mail(settings.home, None, None), settings)
    db.routing = table(BarVenue(Rules.from_settings(settings)), post)
    owner_id, owner = await person(db)
    _, operator = await person(db, "operator")
    old = Signer()
    async with db.transaction() as tx:
        made = await identity.register_collective(
            tx, identity.Registration("Northwind", "", old.key.public, owner_id)
        )
    async with make_client(db, settings, routes) as client:
        yield Lost(client, db, settings, old, made.id, owner_id, owner, operator)


async def test_the_new_key_signs_when_the_waiting_period_is_over_and_no_other(lost: Lost) -> None:
    new = Signer()
    answer = await lost.begin(new)
    assert answer.status_code == 201, answer.text
    begun = answer.json()
    assert begun["status"] == "waiting"
    due = datetime.fromisoformat(begun["due_at"])
    assert timedelta(hours=71) < due - wall_now() < timedelta(hours=73)
    (told,) = await lost.letters()
    assert "A new key for Northwind" in told
    assert REASON in told
    assert f"/studio/collectives/{lost.collective_id}#recovery" in told
    await lost.pass_by(71)
    assert await identity.finish_recoveries(lost.db) == 0
    assert await lost.signs(lost.old)
    assert not await lost.signs(new)
    await lost.pass_by(2)
    assert await identity.finish_recoveries(lost.db) == 1
    assert await identity.finish_recoveries(lost.db) == 0
    assert await lost.signs(new)
    assert not await lost.signs(lost.old), "whoever found it must not sign with it"
    (told,) = await lost.letters()
    assert new.key_id in told
    path = f"/collectives/{lost.collective_id}"
    shown = (await lost.client.get(f"{path}/recoveries")).json()["data"]
    assert [(one["id"], one["status"]) for one in shown] == [(begun["id"], "bound")]
    keys = (await lost.client.get(path)).json()["keys"]
    assert {key["id"]: key["active"] for key in keys} == {lost.old.key_id: False, new.key_id: True}
    async with lost.db.transaction() as tx:
        trail = [e.action for e in await audit.search(tx, object=lost.collective_id)]
    assert trail == [
        "people.recover_keys", "people.revoke_key", "people.add_key", "people.begin_key_recovery",
        "people.register_collective",
    ]  # fmt: skip


@pytest.mark.parametrize("by", ["owner", "operator", "collective"])
async def test_whoever_may_stops_it_and_nothing_changes(lost: Lost, by: str) -> None:
    new = Signer()
    begun = (await lost.begin(new)).json()
    await lost.letters()
    path = f"/collectives/{lost.collective_id}/recoveries/{begun['id']}/stop"
    how: dict[str, Any] = {
        "owner": {"headers": lost.owner}, "operator": {"headers": lost.operator},
        "collective": {"auth": lost.old.auth()},
    }[by]  # fmt: skip
    stopped = await lost.client.post(path, json={"reason": "It was found again."}, **how)
    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    again = await lost.client.post(path, json={"reason": "Twice."}, **how)
    assert (again.status_code, again.json()["code"]) == (409, "recovery_moved")
    await lost.pass_by(100)
    assert await identity.finish_recoveries(lost.db) == 0
    assert await lost.signs(lost.old)
    assert not await lost.signs(new)
    (told,) = await lost.letters()
    assert "It was found again." in told


async def test_a_letter_about_what_was_stopped_meanwhile_is_not_sent(lost: Lost) -> None:
    begun = (await lost.begin(Signer())).json()
    path = f"/collectives/{lost.collective_id}/recoveries/{begun['id']}/stop"
    await lost.client.post(path, json={"reason": "A mistake."}, headers=lost.operator)
    assert len(await lost.letters()) == 1, "only that it was stopped"


async def test_only_operators_begin_and_strangers_stop_nothing(lost: Lost) -> None:
    new = Signer()
    path = f"/collectives/{lost.collective_id}/recoveries"
    proof = new.prove(purpose=RECOVER, origin=lost.settings.origin, collective=lost.collective_id)
    body = {**proof, "reason": REASON}
    for how in ({"headers": lost.owner}, {"auth": lost.old.auth()}):
        refused = await lost.client.post(path, json=body, **how)  # type: ignore[arg-type]  # httpx takes either
        assert refused.status_code == 403
    assert (await lost.client.post(path, json=body)).status_code == 401
    begun = (await lost.begin(new)).json()
    _, stranger = await person(lost.db, "creator")
    thief = Signer()
    async with lost.db.transaction() as tx:
        other = await identity.register_collective(
            tx, identity.Registration("Thief", "", thief.key.public)
        )
    stop = f"{path}/{begun['id']}/stop"
    why = {"reason": "Mine now."}
    assert (await lost.client.post(stop, json=why, headers=stranger)).status_code == 403
    assert (await lost.client.post(stop, json=why, auth=thief.auth())).status_code == 403
    # By way of a collective of one's own neither.
    aside = f"/collectives/{other.id}/recoveries/{begun['id']}/stop"
    assert (await lost.client.post(aside, json=why, auth=thief.auth())).status_code == 404


async def test_exchange_keys_end_with_the_others(lost: Lost) -> None:
    """A bot's key is as good as any to trade with."""
    vault = lost.settings.vault
    async with lost.db.transaction() as tx:
        before, _ = await create_exchange_key(tx, vault, lost.collective_id, "bot")
    await lost.begin(Signer())
    await lost.pass_by(100)
    await identity.finish_recoveries(lost.db)
    while await react_once(lost.db, impatient=True):
        pass
    async with lost.db.transaction() as tx:
        assert not await stands(tx, before.id)
        after, _ = await create_exchange_key(tx, vault, lost.collective_id, "bot again")
        assert await stands(tx, after.id)
        (event,) = await audit.search(tx, action="venues.revoke_exchange_key")
    assert (event.object, event.actor_kind) == (before.id, "system")


async def test_one_at_a_time_and_only_a_key_that_is_new_and_held(lost: Lost) -> None:
    week_old = iso_ms(wall_now() - timedelta(days=6))
    too_old = iso_ms(wall_now() - timedelta(days=8))
    assert (await lost.begin(Signer(), created=too_old)).json()["code"] == "bad_proof"
    assert (await lost.begin(Signer(), public_key=Signer().public)).json()["code"] == "bad_proof"
    assert (await lost.begin(lost.old)).json()["code"] == "key_already_registered"
    assert (await lost.begin(Signer(), reason="x")).status_code == 422
    assert (await lost.begin(Signer(), created=week_old)).status_code == 201
    assert (await lost.begin(Signer())).json()["code"] == "recovery_under_way"


async def test_a_key_that_was_registered_meanwhile_is_not_bound(lost: Lost) -> None:
    new = Signer()
    await lost.begin(new)
    async with lost.db.transaction() as tx:
        await identity.register_collective(
            tx, identity.Registration("Elsewhere", "", new.key.public)
        )
    await lost.pass_by(100)
    assert await identity.finish_recoveries(lost.db) == 1
    assert await lost.signs(lost.old)
    async with lost.db.transaction(readonly=True) as tx:
        (one,) = await identity.recoveries_of(tx, [lost.collective_id])
    assert one.status is identity.RecoveryStatus.STOPPED


async def test_a_collective_that_nobody_owns_gets_no_letter_and_is_recovered_all_the_same(
    lost: Lost,
) -> None:
    orphan = Signer()
    async with lost.db.transaction() as tx:
        made = await identity.register_collective(
            tx, identity.Registration("Orphan", "", orphan.key.public)
        )
    lost.collective_id = made.id
    new = Signer()
    assert (await lost.begin(new)).status_code == 201
    await lost.pass_by(100)
    await identity.finish_recoveries(lost.db)
    assert await lost.signs(new)
    assert await lost.letters() == []
