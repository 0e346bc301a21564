"""Money moved between gateways: entered by one operator, booked by another, and seen in the ledger."""

from playwright.async_api import Browser

from arena.kit.ids import fresh
from arena.money import ledger
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

HERE = "/operator/ledger/moves"
MOVE = {
    "source": "stripe",
    "target": "manual",
    "amount": "60.00",
    "bank_reference": "po_17",
    "reason": "pays creators",
}


async def holds(house: House, cents: int) -> None:
    """Stripe holds something for the arena."""
    async with house.arena.db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PAYMENT_CAPTURED, idem=fresh("pay"), reference="sub_1",
            legs=[ledger.Leg("gateway:stripe:balance", cents), ledger.Leg("platform:fee_income", -cents)],
        )  # fmt: skip


async def test_a_move_is_entered_by_one_operator_and_booked_by_another(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("operator")
    assert HERE in (await reader.get("/operator/ledger")).text
    page = await reader.get(HERE)
    await holds(house, 10_000)
    refused = await reader.send(HERE, {**MOVE, "amount": "99999.00"}, page=page)
    assert "which is less than 99999.00 USD" in text_of(refused.text)
    same = await reader.send(HERE, {**MOVE, "target": "stripe"}, page=page)
    assert "choose another one" in text_of(same.text)
    page = await reader.send(HERE, MOVE, page=await reader.get(HERE))
    assert "It counts when another operator has booked it" in text_of(page.text)
    assert "Another operator books it." in text_of(page.text)
    async with house.arena.db.transaction() as tx:
        move_id = await tx.fetchval(
            "select id from gateway_move where asked_by = $1", reader.person_id
        )
        before = await ledger.balance(tx, "gateway:manual:balance")
    own = await reader.send(f"{HERE}/{move_id}", {"act": "book"}, page=await reader.get(HERE))
    assert "another operator books it" in text_of(own.text)
    async with Reader(house) as second:
        await second.sign_in("operator")
        page = await second.send(f"{HERE}/{move_id}", {"act": "book"}, page=await second.get(HERE))
        assert "Booked." in text_of(page.text)
        found = await second.get(f"/operator/ledger?find={move_id}")
        assert "gateway.moved" in text_of(found.text)
    async with house.arena.db.transaction() as tx:
        after = await ledger.balance(tx, "gateway:manual:balance")
    assert after.minor - before.minor == 6_000


async def test_a_move_that_was_a_mistake_is_withdrawn(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    await holds(house, 10_000)
    page = await reader.send(HERE, MOVE, page=await reader.get(HERE))
    async with house.arena.db.transaction() as tx:
        move_id = await tx.fetchval(
            "select id from gateway_move where asked_by = $1", reader.person_id
        )
    page = await reader.send(f"{HERE}/{move_id}", {"act": "withdraw"}, page=page)
    assert "nothing was booked" in text_of(page.text)


async def test_the_moves_are_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    await reader.sign_in("operator")
    await holds(house, 250_000)
    await reader.send(HERE, MOVE, page=await reader.get(HERE))
    await look_at(browser, house, HERE, "gateway-moves", cookies=reader.cookies)
