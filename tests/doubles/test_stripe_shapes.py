"""The local Stripe answers in Stripe's own shapes: each call of its table, held to the types of Stripe's SDK."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import billing
from arena.money.billing import RefundWish, refund
from arena.people.access import Actor
from tests.doubles.sdk_types import faults, fields
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.calls import CALLS, call_of
from tests.money.billing.gateways.stage import paid
from tests.money.payouts.at_stripe import Seller, seller

FIXTURES = "ARENA_TEST_STRIPE_FIXTURES"


class Recording(StripeServer):
    """Keeps what was answered, by the call of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, Thing]] = []

    def _do(self, books: Books, call: str, given: dict[str, Any]) -> Thing:
        answer = super()._do(books, call, given)
        self.answers.append((call_of(call), answer))
        return answer


@pytest.fixture
async def recording() -> AsyncIterator[Recording]:
    server = Recording()
    async with server.listening():
        yield server


async def play(db: Database, settings: Settings, server: Recording) -> Seller:
    """Everything the arena does at Stripe, and what happens to it there."""
    ada = await seller(db, settings, server)
    gateway = ada.gateway
    back = await paid(db, gateway)
    await refund(
        db, gateway, RefundWish(back.id, "x", "late"), actor=Actor("person", "usr_operator")
    )
    disputed = await paid(db, gateway)
    dispute = server.dispute(disputed.charge_id or "")
    waiting = await paid(db, gateway, "pm_card_authenticationRequired")
    await gateway.abandon(waiting.id, charge_id=waiting.charge_id)
    for failing in ("account_closed", None):
        await ada.ask(5_000)
        await ada.send()
        ada.bank(fails=failing)
        await ada.heal()
        if failing:
            assert (await ada.newest()).state == "failed"
    await gateway.find("pay_none")
    await gateway.find_refund("ref_none", charge_id=back.charge_id or "")
    await gateway.movements(back.at.replace(year=2020))
    await ada.connect().find_account("cac_none", since=back.at.replace(year=2020))
    await ada.connect().dashboard(ada.account_id)
    await ada.connect().find_payout(
        "pyo_none", ada.account_id, bank_payout_id=None, since=back.at.replace(year=2020)
    )
    await billing.poll(db, ada.connect(), accounts=[ada.account_id])
    customer = server.books.all("customer")[0]["id"]
    page = await gateway.card_page("cvs_1", customer, back="/")
    server.complete_checkout(page.session_id)
    await gateway.card_of(page.session_id)
    await gateway.portal(customer, back="/")
    cards = await gateway.cards_of(customer)
    async with gateway.line() as client:
        v1 = client.v1
        await v1.customers.retrieve_async(customer)
        await v1.payment_methods.retrieve_async(cards[0].token.partition("/")[2])
        await v1.payment_methods.detach_async(cards[0].token.partition("/")[2])
        await v1.setup_intents.retrieve_async(server.books.all("setup_intent")[0]["id"])
        await v1.disputes.retrieve_async(dispute["id"])
        await v1.refunds.retrieve_async(server.books.all("refund")[0]["id"])
        asking = await paid(db, gateway, "pm_card_authenticationRequired")
        await v1.payment_intents.confirm_async(
            asking.charge_id or "", {"return_url": "https://x.example"}
        )
    return ada


async def test_every_call_answers_in_the_shape_of_stripes_sdk(
    db: Database, settings: Settings, recording: Recording
) -> None:
    await play(db, settings, recording)
    wrong = sorted({fault for _, answer in recording.answers for fault in faults(answer)})
    assert not wrong, "\n".join(wrong)
    events = [fault for event in recording.books.post for fault in faults(event)]
    assert events == []
    answered = {call for call, _ in recording.answers}
    assert {f"{method} {path}" for method, path, _ in CALLS} == answered, (
        "all of the table was asked"
    )


async def test_every_answer_has_the_keys_of_stripes_published_fixtures(
    db: Database, settings: Settings, recording: Recording
) -> None:
    """Those that the SDK's version still knows. The file is Stripe's, so it is not kept here."""
    published = os.environ.get(FIXTURES)
    if not published:
        pytest.skip(f"no published fixtures: set {FIXTURES} to Stripe's openapi/fixtures3.json")
    resources = json.loads(Path(published).read_bytes())["resources"]
    await play(db, settings, recording)
    compared, missing = set[str](), set[str]()
    for _, answer in recording.answers:
        name = str(answer["object"])
        for one in answer["data"] if name == "list" else [answer]:
            name = str(one["object"])
            if name in resources:
                compared.add(name)
                missing |= {
                    f"{name}.{key}" for key in resources[name].keys() & fields(name) - one.keys()
                }
    assert compared, f"{published} has none of the objects that are answered here"
    missing -= {"charge.refunds"}  # comes only to who asks for it, since 2022-11-15
    assert not missing, "\n".join(sorted(missing))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"amount": "1"}, "is '1', not"), ({"amount": None}, "is None"), ({"colour": 1}, "nothing that Stripe sends"),
        ({"destination": 5}, "is 5"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_noticed(spoil: dict[str, Any], words: str) -> None:
    books = Books()
    made = books.make(
        "transfer", "tr", amount=1, currency="usd", destination="acct_1", metadata={}, transfer_group=None,
        balance_transaction=None, destination_payment=None,
        reversals={"object": "list", "data": [], "has_more": False, "url": "/"},
    )  # fmt: skip
    assert faults(made) == []
    found = faults({**made, **spoil})
    assert len(found) == 1
    assert words in found[0]
    del made["transfer_group"], made["currency"]
    assert faults(made) == ["transfer.currency is missing"]


async def test_a_key_of_another_call_and_one_in_flight_are_refused_as_stripe_does(
    db: Database, recording: Recording
) -> None:
    import asyncio

    import httpx

    async with httpx.AsyncClient(
        base_url=recording.url, trust_env=False, headers={"Authorization": f"Bearer {SECRET_KEY}"}
    ) as client:

        async def make(form: dict[str, str], key: str) -> httpx.Response:
            return await client.post("/v1/customers", data=form, headers={"Idempotency-Key": key})

        first = await make({"name": "Ada"}, "k1")
        again = await make({"name": "Ada"}, "k1")
        assert first.json() == again.json()
        other = await make({"name": "Bob"}, "k1")
        assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
        recording.faults.next("slow", "POST /v1/customers")
        slow = asyncio.create_task(make({"name": "Cy"}, "k2"))
        await asyncio.sleep(0.1)
        flying = await make({"name": "Cy"}, "k2")
        assert (flying.status_code, flying.json()["error"]["code"]) == (
            409,
            "idempotency_key_in_use",
        )
        assert (await slow).status_code == 200
        foreign = await client.get("/v1/payouts", headers={"Stripe-Account": "acct_other"})
        assert foreign.status_code == 403
        unknown = await client.post("/v1/customers", data={"colour": "red"})
        assert unknown.json()["error"]["code"] == "parameter_unknown"
