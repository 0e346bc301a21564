"""Earnings, payouts and statements over HTTP: a creator's way to the money, and each act's line in the trail."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from arena.kit import ids
from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import payouts, statements
from arena.money.earnings.routes import routes as earnings_routes
from arena.money.payouts.routes import routes as payout_routes
from arena.money.statements.routes import routes as statement_routes
from arena.people import identity
from tests.http import make_client, person
from tests.money.creators import matured, pass_time
from tests.people.acts import WITH_MONEY
from tests.people.signer import Recipe, Signer

PAPERS: tuple[dict[str, Any], ...] = (
    {"kind": "identity", "form": "person", "name": "Ada", "country": "DE"},
    {"kind": "tax_form", "form": "w8ben", "name": "Ada", "country": "DE", "secret": "12345678"},
    {"kind": "account", "form": "manual", "name": "Ada", "country": "DE", "secret": "DE02120300000000202051"},
)  # fmt: skip
LARGE = {"amount": 150_000}


class Office:
    """A creator with 10,000 dollars who is paid by hand, two operators, and a client for all of them."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self.settings = settings.model_copy(
            update={"payout_gateway": "manual", "payout_reserve_bps": 0}
        )
        routers = (earnings_routes, payout_routes, statement_routes)
        self.client = make_client(db, self.settings, *routers)
        self.called: set[tuple[str, str]] = set()
        self.creator_id = ""
        self.people: dict[str, dict[str, str]] = {}

    async def open(self) -> "Office":
        self.creator_id, self.people["creator"] = await person(self.db, "creator")
        for name in ("first", "second"):
            _, self.people[name] = await person(self.db, "operator")
        await matured(self.db, self.settings, self.creator_id, 1_000_000)
        return self

    async def post(self, who: str, template: str, json: Any = None, **place: str) -> httpx.Response:
        """What went through has left its line."""
        request_id = ids.fresh("req")
        answer = await self.client.post(
            template.format(**place), json=json,
            headers={**self.people[who], "X-Request-Id": request_id},
        )  # fmt: skip
        if answer.is_success:
            self.called.add(("POST", template))
            async with self.db.transaction() as tx:
                found = [
                    row["action"]
                    for row in await tx.fetch(
                        "select action from audit_event where request_id = $1", request_id
                    )
                ]
            wanted = WITH_MONEY["POST", template].rpartition("_")[0] or WITH_MONEY["POST", template]
            assert len(found) == 1
            assert found[0].startswith(wanted), (template, found)
        return answer

    async def get(self, who: str, path: str) -> Any:
        answer = await self.client.get(path, headers=self.people[who])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def hand_in_all(self) -> None:
        for paper in PAPERS:
            made = (await self.post("creator", "/payouts/papers", paper)).json()
            decided = await self.post(
                "first", "/payouts/papers/{paper_id}/decide", {"accept": True}, paper_id=made["id"]
            )
            assert decided.json()["state"] == "accepted"

    async def send(self) -> None:
        await payouts.send_due(self.db, self.settings.vault, payouts.payout_gateways(self.db))


@pytest.fixture
async def office(db: Database, settings: Settings) -> Office:
    return await Office(db, settings).open()


async def test_from_nothing_to_a_payout_that_came_back(office: Office) -> None:
    blocked = await office.post("creator", "/payouts", LARGE)
    assert blocked.status_code == 409
    for gate in ("identity", "tax_form", "account"):
        assert gate in blocked.json()["detail"]
    await office.hand_in_all()
    assert (await office.get("creator", "/payouts/checklist"))["passed"]
    assert {p["kind"]: p["hint"] for p in await office.get("creator", "/payouts/papers")} == {
        "identity": "", "tax_form": "5678", "account": "2051",
    }  # fmt: skip
    asked = (await office.post("creator", "/payouts", LARGE)).json()
    place = {"payout_id": asked["id"]}
    await office.post("creator", "/payouts/{payout_id}/cancel", **place)
    pass_time(office.db, timedelta(days=1))
    asked = (await office.post("creator", "/payouts", LARGE)).json()
    place = {"payout_id": asked["id"]}
    assert [p["id"] for p in (await office.get("first", "/payouts/queue"))["under_way"]] == [
        asked["id"]
    ]
    await office.post("first", "/payouts/{payout_id}/approve", **place)
    alone = await office.post("first", "/payouts/{payout_id}/release", **place)
    assert (alone.status_code, alone.json()["code"]) == (403, "second_person_needed")
    await office.post("second", "/payouts/{payout_id}/release", **place)
    await office.send()
    has = await office.get("creator", "/earnings")
    assert (has["available"], has["in_transit"]) == (850_000, 150_000)
    sent = {"state": "paid", "bank_reference": "SEPA 1"}
    await office.post("first", "/payouts/{payout_id}/outcome", sent, **place)
    back = {"reason": "account closed"}
    await office.post("first", "/payouts/{payout_id}/reverse", back, **place)
    queue = await office.get("second", "/payouts/queue")
    assert [p["id"] for p in queue["come_back"]] == [asked["id"]]
    await office.post("second", "/payouts/{payout_id}/reverse/drop", back, **place)
    await office.post("second", "/payouts/{payout_id}/reverse", back, **place)
    assert (await office.get("creator", "/earnings"))["available"] == 850_000, (
        "one word is not enough"
    )
    await office.post("first", "/payouts/{payout_id}/reverse", back, **place)
    has = await office.get("creator", "/earnings")
    assert (has["available"], has["in_transit"]) == (1_000_000, 0)
    why = {"reason": "claims are looked into"}
    await office.post("first", "/payouts/stops/{person_id}", why, person_id=office.creator_id)
    [stop] = (await office.get("first", "/payouts/queue"))["stops"]
    await office.post("second", "/payouts/stops/{stop_id}/lift", why, stop_id=stop["id"])
    states = [p["state"] for p in (await office.get("creator", "/payouts"))["data"]]
    assert states == ["reversed", "cancelled"]
    assert office.called == WITH_MONEY.keys(), "every act was done and left its line"


async def test_a_double_click_makes_one_payout(office: Office) -> None:
    await office.hand_in_all()
    headers = {**office.people["creator"], "Idempotency-Key": ids.fresh("idem")}
    told = [await office.client.post("/payouts", json=LARGE, headers=headers) for _ in range(3)]
    assert len({one.json()["id"] for one in told}) == 1
    assert (await office.post("creator", "/payouts", LARGE)).status_code == 409


async def test_a_subscriber_and_an_anonymous_caller_see_nothing(office: Office) -> None:
    _, office.people["subscriber"] = await person(office.db)
    office.people["nobody"] = {}
    for path in ("/earnings", "/payouts", "/payouts/checklist", "/earnings/statements"):
        assert (
            await office.client.get(path, headers=office.people["subscriber"])
        ).status_code == 403
        assert (await office.client.get(path)).status_code == 401
    for path in ("/payouts/queue",):
        assert (await office.client.get(path, headers=office.people["creator"])).status_code == 403


async def test_a_closed_month_is_read_as_json_csv_and_pdf(office: Office) -> None:
    assert isinstance(office.db.clock, TapeClock)
    office.db.clock.move_to(datetime(2022, 1, 2, tzinfo=UTC))
    await statements.close_due(office.db)
    lines = await office.get("creator", "/earnings/statements")
    assert [line["month"] for line in lines] == ["2021-12", "2021-11", "2021-10", "2021-09"]
    one = await office.get("creator", "/earnings/statements/2021-09")
    assert one["statement"]["movements"][0]["total"] == "1000000"
    assert one["sha256"] in one["note"]
    year = await office.get("creator", "/earnings/years/2021")
    assert (year["months"], year["closing"]) == (4, 1_000_000)
    csv, pdf = [
        await office.client.get(
            f"/earnings/statements/2021-09/{kind}", headers=office.people["creator"]
        )
        for kind in ("csv", "pdf")
    ]
    assert re.search(r",10000\.00\r\n", csv.text)
    assert pdf.content.startswith(b"%PDF")
    theirs = await office.client.get("/earnings/statements/2021-09", headers=office.people["first"])
    assert theirs.status_code == 404, "nobody reads another's"


async def test_a_collective_that_nobody_owns_sees_what_is_kept_and_what_to_do(
    office: Office,
) -> None:
    signer = Signer()
    async with office.db.transaction() as tx:
        lone = await identity.register_collective(
            tx, identity.Registration("Lone Bot", "", signer.key.public)
        )
    await matured(
        office.db, office.settings, lone.id, 12_300, idem="pay_lone", reference="sub_lone"
    )
    recipe = Recipe("GET", f"{office.settings.origin}/earnings")
    answer = await office.client.get("/earnings", headers=signer.headers(recipe))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["available"], told["paid_to"]) == (12_300, None)
    assert "Nobody owns this collective" in told["advice"]
