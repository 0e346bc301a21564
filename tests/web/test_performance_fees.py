"""Performance fees over HTTP: from an operator's switch to a statement of a paper account that computes again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from arena.kit import ids
from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import performance_fees as fees
from arena.people.access import SYSTEM
from arena.trading.portfolio import open_account, record_flow
from arena.web.api.performance_fees import routes
from arena.web.views.fee_readings import read_fee_accounts
from sigma_sdk.verify import verify_fees
from tests.http import make_client, person
from tests.people.acts import BY_CALL_OR_PROFIT

QUARTER, SPRING = datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 4, 1, tzinfo=UTC)


async def test_a_copier_agrees_leaves_and_computes_his_statement_again(
    db: Database, settings: Settings
) -> None:
    creator_id, creator = await person(db, "creator")
    copier_id, copier = await person(db)
    _, operator = await person(db, "operator")
    account_id = ids.fresh("acc")
    async with db.transaction() as tx:
        await open_account(
            tx, id=account_id, kind="copier", owner_id=copier_id, quote="USD", opening_cash=Decimal(20_000)
        )  # fmt: skip
    async with make_client(db, settings, routes) as client:
        act = partial(_act, db, client)
        terms = {
            "creator_id": creator_id,
            "account_id": account_id,
            "country": "DE",
            "us_person": False,
        }
        path = "/performance-fees/contracts"
        await act("PUT /performance-fees/offer", creator, {})
        off = await client.post(path, headers=copier, json=terms)
        assert (off.status_code, off.json()["code"]) == (403, "fees_not_allowed")
        rule = {"mode": "shadow", "reason": "to see what they would be"}
        await act("PUT /performance-fees/rules/{country}", operator, rule, country="DE")
        assert (await client.get("/performance-fees/rules", headers=operator)).json() == {
            "DE": "shadow"
        }
        made = await act(f"POST {path}", copier, terms)
        others = await client.post(path, headers=operator, json=terms)
        assert others.status_code == 404, "an account of somebody else"
        place = {"contract_id": made["id"]}
        await act(f"POST {path}" + "/{contract_id}/rate", creator, {"rate_bps": 1_500}, **place)
        _move(db, QUARTER + timedelta(days=1))
        async with db.transaction() as tx:
            await record_flow(tx, account_id, "USD", Decimal(5_000), note="more", actor=SYSTEM)
        left = await act(f"POST {path}" + "/{contract_id}/leave", copier, {}, **place)
        assert left["status"] == "ending"
        now = (await client.get(f"{path}/{made['id']}", headers=copier)).json()
        assert (now["profit"], now["accrued"], now["mode"]) == (0, 0, "shadow")
        _move(db, SPRING + fees.LATE)
        key = fees.reading_key(settings.vault)
        await read_fee_accounts(db, key, platform_bps=1_500)
        assert await fees.close_due(db, platform_bps=1_500, key=key) == 1
        told = (await client.get(f"{path}/{made['id']}/statements", headers=creator)).json()
        files = [
            (await client.get(f"/performance-fees/statements/{each['id']}", headers=copier)).json()
            for each in reversed(told)
        ]
        hidden = await client.get(f"/performance-fees/statements/{told[0]['id']}", headers=operator)
        mine = (await client.get(path, headers=copier)).json()
    assert all(finding.holds for finding in verify_fees(files))
    flows = [[int(each["flow"]) for each in file["statement"]["readings"]] for file in files]
    # The period that was over when he left was closed first; what he had put in since is no profit.
    assert flows == [[2_000_000, 0], [500_000, -2_500_000]]
    assert hidden.status_code == 404
    assert [each["status"] for each in mine] == ["ended"]


async def test_money_that_moves_while_the_clock_stands_still_is_no_profit(
    db: Database, settings: Settings
) -> None:
    creator_id, creator = await person(db, "creator")
    copier_id, copier = await person(db)
    _, operator = await person(db, "operator")
    account_id, key = ids.fresh("acc"), fees.reading_key(settings.vault)

    async def move_money(dollars: int) -> None:
        async with db.transaction() as tx:
            await record_flow(tx, account_id, "USD", Decimal(dollars), note="moved", actor=SYSTEM)

    async def period() -> fees.OpenPeriod:
        _move(db, db.clock.now() + fees.LATE)
        await read_fee_accounts(db, key, platform_bps=1_500)
        async with db.transaction() as tx:
            [made] = await fees.contracts(tx, copier_id=copier_id)
            return await fees.open_period(tx, made.id, copier_id)

    async with db.transaction() as tx:
        await open_account(
            tx, id=account_id, kind="copier", owner_id=copier_id, quote="USD", opening_cash=Decimal(20_000)
        )  # fmt: skip
    _move(db, QUARTER)
    await move_money(1_000)
    async with make_client(db, settings, routes) as client:
        act = partial(_act, db, client)
        await act("PUT /performance-fees/offer", creator, {})
        rule = {"mode": "charged", "reason": "allowed there"}
        await act("PUT /performance-fees/rules/{country}", operator, rule, country="DE")
        terms = {
            "creator_id": creator_id,
            "account_id": account_id,
            "country": "DE",
            "us_person": False,
        }
        await act("POST /performance-fees/contracts", copier, terms)
    await move_money(5_000)
    await move_money(-2_000)
    for _ in range(2):
        now = await period()
        assert (now.profit, now.books.equity) == (0, 2_400_000 * 10_000)
    _move(db, SPRING)
    await move_money(3_000)
    await read_fee_accounts(db, key, platform_bps=1_500)
    assert await fees.close_due(db, platform_bps=1_500, key=key) == 0, "some may still commit"
    _move(db, SPRING + fees.LATE)
    await read_fee_accounts(db, key, platform_bps=1_500)
    assert await fees.close_due(db, platform_bps=1_500, key=key) == 1
    now = await period()
    assert (now.profit, now.accrued, now.books.equity) == (0, 0, 2_700_000 * 10_000)
    async with db.transaction() as tx:
        [closed] = await fees.statements(tx, now.contract.id, copier_id)
    assert closed.fee == 0


async def _act(
    db: Database, client: httpx.AsyncClient, route: str, who: dict[str, str], body: Any, **at: str
) -> Any:  # fmt: skip
    """Calls, and looks for the line in the audit trail."""
    method, _, template = route.partition(" ")
    headers = who | {"X-Request-Id": ids.fresh("req")}
    made = await client.request(method, template.format(**at), headers=headers, json=body)
    assert made.is_success, made.text
    async with db.transaction() as tx:
        rows = await tx.fetch(
            "select action from audit_event where request_id = $1", headers["X-Request-Id"]
        )
    assert [row["action"] for row in rows] == [BY_CALL_OR_PROFIT[method, template]]
    return made.json()


def _move(db: Database, at: datetime) -> None:
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(at)
