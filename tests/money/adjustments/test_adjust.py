"""Adjustments: nothing moves before a second operator signs; once, within the chart, on the record."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from arena.kit import ids
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money.adjustments.routes import routes
from arena.money.ledger import Kind, Leg, balance, post, trial_balance
from tests.http import make_client, person
from tests.people.acts import BY_TWO

ASK = "/ledger/adjustments"


class Desk:
    """Two operators, and a gateway that holds $100 of which the arena has all."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.client = db, make_client(db, settings, routes)

    async def open(self) -> "Desk":
        (_, self.first), (_, self.second) = [await person(self.db, "operator") for _ in range(2)]
        async with self.db.transaction() as tx:
            await post(
                tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_1", reference="sub_1",
                legs=[Leg("gateway:fake:balance", 10_000), Leg("platform:fee_income", -10_000)],
            )  # fmt: skip
        return self

    async def call(
        self, who: dict[str, str], template: str, *, key: str | None = None, adjustment: str = "", **body: Any
    ) -> httpx.Response:  # fmt: skip
        path = template.format(adjustment_id=adjustment)
        headers = who | {"Idempotency-Key": key or ids.fresh("idem")}
        return await self.client.post(path, headers=headers, json=body)

    async def ask(self, **changes: Any) -> httpx.Response:
        wish: dict[str, Any] = {
            "debit": "processor_fees", "credit": "gateway:fake:balance", "amount": 250,
            "reference": "pay_1", "reason": "the bank kept a fee that nobody told us of",
        }  # fmt: skip
        return await self.call(self.first, ASK, **(wish | changes))

    async def fees(self) -> int:
        async with self.db.transaction() as tx:
            return (await balance(tx, "processor_fees")).minor


@pytest.fixture
async def desk(db: Database, settings: Settings) -> Desk:
    return await Desk(db, settings).open()


async def test_what_one_operator_asks_for_is_posted_when_another_one_signs(desk: Desk) -> None:
    asked = (await desk.ask()).json()
    assert (asked["state"], asked["journal"], await desk.fees()) == ("asked", None, 0)
    signed = await desk.call(desk.second, f"{ASK}/{{adjustment_id}}/sign", adjustment=asked["id"])
    assert (signed.json()["state"], await desk.fees()) == ("posted", 250)
    async with desk.db.transaction() as tx:
        assert (await trial_balance(tx)).sound
        trail = await tx.fetch(
            "select action, reason from audit_event where object = $1 order by id", asked["id"]
        )
    assert [row["action"] for row in trail] == ["adjustments.ask", "adjustments.sign"]
    assert {row["reason"] for row in trail} == {asked["reason"]}


async def test_whoever_asked_cannot_sign_and_postgresql_refuses_it_too(desk: Desk) -> None:
    asked = (await desk.ask()).json()
    own = await desk.call(desk.first, f"{ASK}/{{adjustment_id}}/sign", adjustment=asked["id"])
    assert (own.status_code, own.json()["code"]) == (403, "signed_by_another")
    with pytest.raises(asyncpg.CheckViolationError, match="two_people"):
        async with desk.db.transaction() as tx:
            await tx.execute(
                "update adjustment set state = 'posted', decided_by = asked_by, decided_at = now(), journal_id = 'j'"
            )
    assert await desk.fees() == 0


async def test_one_wish_is_asked_for_once_and_signed_once(desk: Desk) -> None:
    made = [(await desk.ask(key="the-same")).json()["id"] for _ in range(3)]
    assert len(set(made)) == 1
    path = f"{ASK}/{{adjustment_id}}/sign"
    codes = [
        answer.status_code
        for answer in await asyncio.gather(
            *[desk.call(desk.second, path, adjustment=made[0]) for _ in range(5)]
        )
    ]
    assert sorted(codes) == [200, 409, 409, 409, 409]
    assert await desk.fees() == 250


async def test_what_was_withdrawn_is_not_posted(desk: Desk) -> None:
    asked = (await desk.ask()).json()
    back = await desk.call(desk.first, f"{ASK}/{{adjustment_id}}/withdraw", adjustment=asked["id"])
    assert back.json()["state"] == "withdrawn"
    late = await desk.call(desk.second, f"{ASK}/{{adjustment_id}}/sign", adjustment=asked["id"])
    assert (late.status_code, await desk.fees()) == (409, 0)
    listed = await desk.client.get(ASK, params={"state": "withdrawn"}, headers=desk.second)
    assert [one["id"] for one in listed.json()] == [asked["id"]]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"debit": "slush:fund"}, 404, "unknown_account"),
        ({"debit": "gateway:fake:balance"}, 422, "nothing_moves"),
        ({"amount": 0}, 422, "invalid"),
        ({"amount": 2.5}, 422, "invalid"),
        ({"currency": "EUR"}, 422, "other_currency"),
        ({"reason": "\x00\x00\x00"}, 422, "invalid"),
        ({"surprise": 1}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_posted_is_refused_when_it_is_asked_for(
    desk: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await desk.ask(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await desk.client.get(ASK, headers=desk.first)).json() == []


async def test_an_account_that_has_less_by_now_gives_nothing_and_the_wish_stays(desk: Desk) -> None:
    available = f"creator:{ids.fresh('usr')}:available"
    asked = (await desk.ask(debit=available, credit="rounding")).json()
    answer = await desk.call(desk.second, f"{ASK}/{{adjustment_id}}/sign", adjustment=asked["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "overdrawn")
    [left] = (await desk.client.get(ASK, headers=desk.first)).json()
    assert left["state"] == "asked"


async def test_only_operators_see_and_touch_them(desk: Desk) -> None:
    _, creator = await person(desk.db, "creator")
    for method, template in BY_TWO:
        path = template.format(adjustment_id=ids.fresh("adj"))
        for who, status in ((creator, 403), ({}, 401)):
            answer = await desk.client.request(method, path, headers=who, json={})
            assert answer.status_code == status, (path, answer.text)
