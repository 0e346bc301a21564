"""Invoices and bills over HTTP: read, paid, received, written off; each act leaves its line, others see nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from arena.kit import ids
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import collecting, usage
from arena.money.billing.routes import routes as billing
from arena.money.buyers.routes import routes as buyers
from arena.money.collecting.routes import routes
from arena.money.invoices.routes import routes as invoices
from arena.people.access.routes import routes as people
from tests.http import client_of, make_app, person
from tests.money.collecting.house import DECLINED, GRACE, PAYS, Customer
from tests.people.acts import WITH_A_BILL

DETAILS = {
    "kind": "company", "name": "Northwind GmbH", "address": "Example Street 1\n10115 Berlin", "country": "DE",
    "tax_id": "136 695 976",
}  # fmt: skip


class Desk:
    """An app with a meter, two operators, and a customer with a bill of $6,000 that his card did not pay."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.meter = db, usage.Meter(db)
        app = make_app(db, settings, invoices, routes, buyers, billing, people)
        app.state.arena = SimpleNamespace(**vars(app.state.arena), meter=self.meter)
        self.client = client_of(app, settings.origin)

    async def arrive(self) -> "Desk":
        self.customer = await Customer(self.db).arrive(card=DECLINED)
        self.mine = self.customer.headers
        (_, self.operator), (_, self.other) = [await person(self.db, "operator") for _ in range(2)]
        bill = await self.customer.month_over()
        assert bill is not None
        self.invoice_id = bill.invoice_id
        await self.customer.collect()
        return self

    async def get(self, path: str, who: dict[str, str], status: int = 200) -> Any:
        answer = await self.client.get(path, headers=who)
        assert answer.status_code == status, answer.text
        kind = answer.headers["content-type"]
        return answer.json() if "json" in kind else answer.content

    async def act(
        self,
        method: str,
        template: str,
        who: dict[str, str],
        body: dict[str, Any],
        status: int = 200,
    ) -> Any:
        """Calls, and looks for the line in the audit trail where it went well."""
        headers = who | {"X-Request-Id": ids.fresh("req")}
        path = template.format(invoice_id=self.invoice_id)
        answer = await self.client.request(method, path, headers=headers, json=body)
        assert answer.status_code == status, answer.text
        if answer.is_success:
            async with self.db.transaction() as tx:
                rows = await tx.fetch(
                    "select action from audit_event where request_id = $1", headers["X-Request-Id"]
                )
            assert WITH_A_BILL[method, template] in [row["action"] for row in rows]
        return answer.json()


@pytest.fixture
async def desk(db: Database, settings: Settings) -> Desk:
    return await Desk(db, settings).arrive()


async def test_an_invoice_is_read_listed_and_taken_home(desk: Desk) -> None:
    listed = await desk.get("/invoices", desk.mine)
    assert [one["number"] for one in listed["data"]] == ["INV-2022-000001"]
    found = await desk.get(f"/invoices/{desk.invoice_id}", desk.mine)
    assert found["document"]["total"] == "600000"
    assert found["credit_notes"] == []
    assert (await desk.get(f"/invoices/{desk.invoice_id}/pdf", desk.mine)).startswith(b"%PDF")
    table = (await desk.get("/invoices/csv", desk.mine)).decode()
    assert "INV-2022-000001,invoice," in table
    assert (await desk.get("/invoices/csv?since=2022-03-01T00:00:00Z", desk.mine)).decode().count(
        "\n"
    ) == 1
    _, stranger = await person(desk.db)
    await desk.get(f"/invoices/{desk.invoice_id}", stranger, 404)
    await desk.get(f"/invoices/{desk.invoice_id}/pdf", stranger, 404)
    await desk.get("/receivables/invoices", desk.mine, 403)
    all_of_them = await desk.get("/receivables/invoices?needle=INV-2022-000001", desk.operator)
    assert [one["id"] for one in all_of_them["data"]] == [desk.invoice_id]
    assert (await desk.get("/receivables/invoices", desk.operator))["has_more"] is False
    assert (
        "INV-2022-000001" in (await desk.get("/receivables/invoices/csv", desk.operator)).decode()
    )


async def test_a_bill_is_paid_by_another_card_while_other_calls_are_refused(desk: Desk) -> None:
    [bill] = await desk.get("/bills", desk.mine)
    assert (bill["state"], bill["left"], bill["reason"]) == ("past_due", 600_000, "charge_failed")
    desk.customer.days_on(3)
    await collecting.block_late(desk.db, grace=GRACE)
    desk.meter.forget_all()
    refused = await desk.get("/api-keys", desk.mine, 402)
    assert refused["code"] == "invoices_unpaid"
    declined = await desk.customer.keep(DECLINED)
    path = "/bills/{invoice_id}/pay"
    said = await desk.act("POST", path, desk.mine, {"payment_method": declined}, 402)
    assert said["code"] == "bill_declined"
    good = await desk.customer.keep(PAYS)
    paid = await desk.act("POST", path, desk.mine, {"payment_method": good})
    assert (paid["state"], paid["left"]) == ("paid", 0)
    await desk.customer.react()
    desk.meter.forget_all()
    await desk.get("/api-keys", desk.mine)
    assert await desk.get("/bills", desk.mine) == []


async def test_a_transfer_and_a_write_off_are_for_operators_and_the_latter_for_two(
    desk: Desk,
) -> None:
    received = "/receivables/{invoice_id}/received"
    transfer = {"amount": 100_000, "bank_reference": "statement 7"}
    await desk.act("POST", received, desk.mine, transfer, 403)
    after = await desk.act("POST", received, desk.operator, transfer)
    assert (after["paid"], after["left"]) == (100_000, 500_000)
    off, decide = (
        "/receivables/{invoice_id}/write-off",
        "/receivables/{invoice_id}/write-off/decide",
    )
    await desk.act("POST", off, desk.operator, {"reason": "bankrupt"}, 201)
    same = await desk.act("POST", decide, desk.operator, {"accept": True}, 409)
    assert same["code"] == "two_people"
    desk.customer.days_on(1)
    done = await desk.act("POST", decide, desk.other, {"accept": True})
    assert (done["state"], done["amount"]) == ("done", 500_000)
    assert await desk.get("/receivables", desk.operator) == []
    one = await desk.get(f"/receivables/{desk.invoice_id}", desk.operator)
    assert (one["state"], one["credited"]) == ("written_off", 500_000)
    listed = await desk.get("/invoices?limit=1", desk.mine)
    assert listed["data"][0]["kind"] == "credit_note"
    further = await desk.get(f"/invoices?after={listed['next']}", desk.mine)
    assert [each["kind"] for each in further["data"]] == ["invoice"]
    await desk.customer.check()


async def test_billing_details_are_checked_and_kept(desk: Desk) -> None:
    assert await desk.get("/billing/details", desk.mine) is None
    wrong = await desk.act(
        "PUT", "/billing/details", desk.mine, DETAILS | {"tax_id": "136695977"}, 422
    )
    assert wrong["code"] == "tax_id_refused"
    assert "check digits" in wrong["detail"]
    kept = await desk.act("PUT", "/billing/details", desk.mine, DETAILS)
    assert (kept["tax_id"], kept["version"]) == ("DE136695976", 1)
    assert (await desk.get("/billing/details", desk.mine))["name"] == "Northwind GmbH"


async def test_tax_rates_are_the_operators_and_not_for_the_past(desk: Desk) -> None:
    rate = {
        "country": "DE",
        "rate_bps": 1_900,
        "from_at": "2022-02-03T00:00:00Z",
        "reverse_charge": True,
    }
    await desk.act("POST", "/tax-rates", desk.mine, rate, 403)
    made = await desk.act("POST", "/tax-rates", desk.operator, rate, 201)
    assert (made["country"], made["rate_bps"], made["reverse_charge"]) == ("DE", 1_900, True)
    again = await desk.act("POST", "/tax-rates", desk.operator, rate, 422)
    assert again["code"] == "tax_rate_refused"
    past = await desk.act(
        "POST", "/tax-rates", desk.operator, rate | {"from_at": "2021-01-01T00:00:00Z"}, 422
    )
    assert "stays as it is" in past["detail"]
    assert len(await desk.get("/tax-rates", desk.operator)) == 1
    await desk.get("/tax-rates", desk.mine, 403)
