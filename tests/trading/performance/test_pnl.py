"""Profit and loss by day and instrument, lots and fees: read in the database, asked over HTTP."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import SYSTEM
from arena.people.identity import Registration, register_collective
from arena.trading import performance, portfolio
from arena.trading.orders import Floor, NewOrder, own_account_id, place
from arena.trading.performance import Pnl, pnl
from arena.trading.performance.gains.routes import routes as pnl_routes
from arena.trading.venues import BarVenue, Rules
from sigma_sdk.keys import SigningKey
from tests.http import client_of, make_app, make_client, person
from tests.trading.orders.test_routes import Signed
from tests.trading.tape import BTC, ETH, D, at, bar, open_purse, play, set_up, step

RULES = Rules(fee_maker_bps=10, fee_taker_bps=20, latency_ms=0)
PRICES = ("100 101 99 100", "100 120 100 118", "118 119 90 95", "95 130 95 128", "128 129 110 111")


async def order(
    db: Database, side: str, quantity: object, *, account_id: str, symbol: str = BTC.symbol
) -> None:
    async with db.transaction() as tx:
        name = f"{side} {symbol} {tx.now:%d %H:%M}"
        await place(
            tx, NewOrder(account_id, name, symbol, side, "market", D(quantity)), venue=BarVenue(RULES)
        )  # type: ignore[arg-type]  # side is one of the two  # fmt: skip


async def flow(db: Database, asset: str, quantity: object, *, account_id: str) -> None:
    async with db.transaction() as tx:
        await portfolio.record_flow(tx, account_id, asset, D(quantity), note="top up", actor=SYSTEM)


async def four_days(db: Database, account_id: str = "acc_1") -> None:
    """Trades of two instruments over four UTC days with money put in and taken out between them."""
    for number in range(4 * 96):
        prices = PRICES[number % len(PRICES)]
        await play(
            db, BarVenue(RULES),
            step(bar(number, prices), bar(number, "10 11 9 10", symbol=ETH.symbol)),
        )  # fmt: skip
        if number % 51 == 7:
            await order(db, "buy", 3, account_id=account_id)
        if number % 51 == 30:
            await order(db, "sell", "1.2", account_id=account_id)
        if number % 90 == 11:
            await order(db, "buy", 40, account_id=account_id, symbol=ETH.symbol)
        if number == 100:
            await flow(db, "USD", 5_000, account_id=account_id)
        if number == 200:
            await flow(db, "BTC", "0.5", account_id=account_id)
        if number == 300:
            await flow(db, "USD", -1_000, account_id=account_id)


async def read(db: Database, account_id: str = "acc_1") -> Pnl:
    async with db.transaction(readonly=True) as tx:
        return await pnl(tx, account_id)


async def test_days_and_instruments_come_to_what_became_of_the_money(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    await four_days(db)
    found = await read(db)
    moved = sum((f.value_quote for f in found.flows), Decimal(0))
    gained = found.equity - 100_000 - moved
    assert len(found.flows) == 3
    assert sum(day.pnl for day in found.days) == gained
    assert abs(found.realised + found.unrealised - gained) < D("1e-15")
    assert [day.day.day for day in found.days] == [27, 28, 29, 30, 1]
    for day, after in zip(found.days, found.days[1:], strict=False):
        assert day.closing == after.opening
    assert sum(day.traded.fills for day in found.days) == sum(
        line.traded.fills for line in found.symbols
    )
    async with db.transaction(readonly=True) as tx:
        held = await portfolio.portfolio(tx, "acc_1")
        lots = await performance.account_lots(tx, "acc_1")
        midnights = await performance.midnights(tx, "acc_1", tx.now)
    assert [day.closing for day in found.days[:-1]] == [mark.equity for mark in midnights]
    for line in found.symbols:
        position = held.positions[line.symbol]
        assert abs(line.traded.realised - position.realised_pnl) < D("1e-18")
        assert abs(line.traded.fees - position.fees) < D("1e-18")
    for instrument in (BTC, ETH):
        left = sum((lot.quantity for lot in lots.open if lot.asset == instrument.base), Decimal(0))
        assert left == held.balances[instrument.base] == held.quantity(instrument.symbol)


async def test_fees_are_told_by_asset_with_their_worth(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    await four_days(db)
    found = await read(db)
    assert [fee.asset for fee in found.fees] == ["BTC", "ETH", "USD"]
    base, _, own = found.fees
    assert base.origin == "the price of the fill"
    assert base.lowest < base.highest
    assert base.lowest * base.quantity < base.worth < base.highest * base.quantity
    assert (own.lowest, own.highest, own.worth) == (1, 1, own.quantity)
    assert abs(found.fees_worth - sum(line.traded.fees for line in found.symbols)) < D("1e-18")


async def test_a_walk_that_goes_on_ends_where_one_from_the_beginning_ends(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    venue = BarVenue(RULES)
    for number in range(40):
        await play(db, venue, step(bar(number, PRICES[number % 5])))
        if number % 4 == 0:
            await order(
                db, "sell" if number % 8 else "buy", "0.9" if number % 8 else 1, account_id="acc_1"
            )
        if number == 17:
            await flow(db, "USD", 10, account_id="acc_1")
        step_by_step = await read(db)
    performance.forget_walks()
    assert await read(db) == step_by_step


async def test_a_fill_that_is_told_of_late_is_walked_in_its_place(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    venue = BarVenue(RULES)
    for number in range(6):
        await play(db, venue, step(bar(number, PRICES[number % 5])))
        await order(db, "buy", 1, account_id="acc_1")
    before = await read(db)
    async with db.transaction() as tx:
        await tx.execute(
            """insert into fill (id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset,
                 liquidity, evidence, at)
               select 'fil_late', order_id, account_id, 9, symbol, side, quantity, 50, 0, fee_asset, liquidity,
                 evidence, $1 from fill limit 1""",
            at(1) + timedelta(seconds=1),
        )  # fmt: skip
    after = await read(db)
    assert after.symbols[0].traded.fills == before.symbols[0].traded.fills + 1
    assert after.symbols[0].traded.bought == before.symbols[0].traded.bought + 50


@pytest.fixture
def client(db: Database, settings: Settings) -> httpx.AsyncClient:
    return make_client(db, settings, pnl_routes)


async def enrolled(db: Database, name: str) -> tuple[Signed, dict[str, str], str]:
    """Who signs for the collective, headers with its owner's key, and the id of its account."""
    key = SigningKey(name.encode().ljust(32, b".")[:32])
    owner, token = await person(db, "creator", name=name)
    async with db.transaction() as tx:
        made = await register_collective(
            tx, Registration(name=name, about="", public_key=key.public, owner_id=owner)
        )
        account = await portfolio.open_account(
            tx, id=own_account_id(made.id), kind="collective", owner_id=made.id, quote="USD",
            opening_cash=D(100_000),
        )  # fmt: skip
    return Signed(key), token, account.id


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_collective_and_its_owner_ask_for_it_and_nobody_else_does(
    db: Database, client: httpx.AsyncClient
) -> None:
    await set_up(db)
    auth, token, account_id = await enrolled(db, "northwind")
    stranger, other_token, _ = await enrolled(db, "turtle")
    await four_days(db, account_id)
    root = f"/portfolio/{account_id}"
    paths = (
        "pnl/days",
        "pnl/symbols",
        "fees",
        "lots",
        "flows",
        "lots.csv",
        "fills.csv",
        "pnl/days.csv",
    )
    for path in paths:
        seen = await client.get(f"{root}/{path}", auth=auth)
        assert seen.status_code == 200, seen.text
        owner = await client.get(f"{root}/{path}", headers=token)
        assert owner.content == seen.content
        for answer in (
            await client.get(f"{root}/{path}", auth=stranger),
            await client.get(f"{root}/{path}", headers=other_token),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "no_such_account")
    days = (await client.get(f"{root}/pnl/days?days=2", auth=auth)).json()
    assert [line["day"] for line in days["data"]] == ["2021-10-01", "2021-09-30"]
    symbols = (await client.get(f"{root}/pnl/symbols", auth=auth)).json()
    assert [line["symbol"] for line in symbols["data"]] == [BTC.symbol, ETH.symbol]
    moved = (await client.get(f"{root}/flows", auth=auth)).json()["data"]
    assert [line["value"] for line in moved][0::2] == ["5000", "-1000"]


async def test_the_exports_add_up_to_the_last_digit(
    db: Database, client: httpx.AsyncClient
) -> None:
    await set_up(db)
    auth, _, account_id = await enrolled(db, "northwind")
    await four_days(db, account_id)
    root = f"/portfolio/{account_id}"
    sold = rows(await client.get(f"{root}/lots.csv?year=2021", auth=auth))
    fills = rows(await client.get(f"{root}/fills.csv", auth=auth))
    sales = [line for line in fills if line["side"] == "sell"]
    assert sum(D(line["proceeds_USD"]) for line in sold) == sum(
        D(line["worth_USD"]) for line in sales
    )
    for line in sold:
        assert D(line["gain_USD"]) == D(line["proceeds_USD"]) - D(line["cost_USD"]) - D(
            line["fees_USD"]
        )
        assert line["date_acquired"] < line["date_sold"]
    assert {line["fee_rate_from"] for line in fills} == {
        "the price of the fill", "the account's own currency",
    }  # fmt: skip
    assert rows(await client.get(f"{root}/lots.csv?year=2020", auth=auth)) == []
    days = rows(await client.get(f"{root}/pnl/days.csv", auth=auth))
    assert D(days[-1]["closing_USD"]) - 100_000 == sum(
        D(line["pnl_USD"]) + D(line["flows_USD"]) for line in days
    )


async def test_an_operator_puts_money_in_and_takes_it_out_and_nobody_else_does(
    db: Database, settings: Settings
) -> None:
    await set_up(db)
    auth, token, account_id = await enrolled(db, "northwind")
    _, operator = await person(db, "operator", name="operator")
    path, draft = (
        f"/accounts/{account_id}/flows",
        {"asset": "USD", "quantity": "500", "note": "prize"},
    )
    floor = Floor(db, settings)
    async with floor.at_work(), funded_client(db, settings, floor) as client:
        assert (await client.post(path, json=draft, auth=auth)).status_code == 403
        assert (await client.post(path, json=draft, headers=token)).status_code == 403
        headers = {**operator, "Idempotency-Key": "flow-0001"}
        made = await client.post(path, json=draft, headers=headers)
        assert made.status_code == 201, made.text
        assert (await client.post(path, json=draft, headers=headers)).json() == made.json()
        assert made.json()["equity_before"] == "100000"
        refused = await client.post(path, json={**draft, "quantity": "-100501"}, headers=operator)
        assert (refused.status_code, refused.json()["code"]) == (422, "insufficient_funds")
    async with db.transaction() as tx:
        assert (await portfolio.portfolio(tx, account_id)).cash == 100_500
        reasons = await tx.fetch("select reason from audit_event where action = 'accounts.flow'")
    assert [row["reason"] for row in reasons] == ["prize"]


def funded_client(db: Database, settings: Settings, floor: Floor) -> httpx.AsyncClient:
    app = make_app(db, settings, pnl_routes)
    app.state.arena.floor = floor
    return client_of(app, settings.origin)


async def test_money_is_never_put_into_a_record(db: Database, settings: Settings) -> None:
    await set_up(db)
    client = funded_client(db, settings, Floor(db, settings))
    record = own_account_id("fd_record")
    await open_purse(db, record, kind="reference")
    _, operator = await person(db, "operator", name="operator")
    refused = await client.post(
        f"/accounts/{record}/flows", json={"asset": "USD", "quantity": "1", "note": "luck"},
        headers=operator,
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (422, "record_is_fixed")
