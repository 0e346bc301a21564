"""Books beside a gateway's and what customers are owed, as operators see them: compare, explain, sign, send."""

import pytest
from playwright.async_api import Browser

from arena.kit.ids import fresh
from arena.money import ledger
from arena.money.billing import give_back_owed
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

BOOKS, OWED, DEAD = "/operator/books", "/operator/owed", "/operator/dead-letters"


async def twins(house: House) -> tuple[str, str]:
    """Two journals on the gateway's account that it knows nothing of, and that undo each other."""
    made = []
    async with house.arena.db.transaction() as tx:
        for amount in (700, -700):
            kind = ledger.Kind.PAYMENT_CAPTURED if amount > 0 else ledger.Kind.REFUND_ISSUED
            made.append(await ledger.post(
                tx, kind=kind, idem=fresh("pay"), reference="sub_1",
                legs=[ledger.Leg("gateway:fake:balance", amount), ledger.Leg("platform:fee_income", -amount)],
            ))  # fmt: skip
    return made[0], made[1]


async def test_lines_are_compared_explained_by_one_operator_and_signed_by_another(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("operator")
    assert f'href="{BOOKS}"' in (await reader.get("/operator/payments")).text
    one, other = await twins(house)
    page = await reader.send(f"{BOOKS}/compare", {}, page=await reader.get(BOOKS))
    assert "Compared just now" in text_of(page.text)
    fields = {"gateway": "fake", "ours": one, "reason": "a test that was undone"}
    refused = await reader.send(f"{BOOKS}/explanations", fields, page=page)
    assert "Name at least two lines" in text_of(refused.text)
    fields["booked"] = other
    page = await reader.send(f"{BOOKS}/explanations", fields, page=await reader.get(BOOKS))
    assert "The lines match when another operator has signed." in text_of(page.text)
    await look_at(browser, house, BOOKS, "operator-books", cookies=reader.cookies)
    async with house.arena.db.transaction() as tx:
        found = await tx.fetchval(
            "select id from books_explanation where asked_by = $1", reader.person_id
        )
    path = f"{BOOKS}/explanations/{found}"
    own = await reader.send(path, {"act": "sign"}, page=await reader.get(BOOKS))
    assert "another operator signs it" in text_of(own.text)
    async with Reader(house) as second:
        await second.sign_in("operator")
        done = await second.send(path, {"act": "sign"}, page=await second.get(BOOKS))
        assert "Signed: the lines count as matched." in text_of(done.text)
        assert one not in text_of(done.text).split("Explanations")[0]


async def test_what_is_owed_and_cannot_go_back_is_sent_by_the_bank(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("operator")
    owed_to = fresh("usr")
    async with house.arena.db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_OWED, idem=fresh("pay"), reference="sub_nothing",
            legs=[ledger.Leg("platform:fee_income", 2500), ledger.Leg(f"customer:{owed_to}:refund_due", -2500)],
        )  # fmt: skip
    await give_back_owed(house.arena.db, house.arena.gateway)
    page = await reader.get(OWED)
    assert "No payment is left that it could go back by" in text_of(page.text)
    await look_at(browser, house, OWED, "operator-owed", cookies=reader.cookies)
    fields = {
        "reference": "sub_nothing", "amount": "2500", "currency": "USD", "bank_reference": "s 9",
    }  # fmt: skip
    moved = await reader.send(f"{OWED}/{owed_to}/sent", {**fields, "amount": "1"}, page=page)
    assert "look again before you send it" in text_of(moved.text)
    done = await reader.send(f"{OWED}/{owed_to}/sent", fields, page=await reader.get(OWED))
    assert "Booked as sent by your bank." in text_of(done.text)
    refused = await reader.send(f"{OWED}/pay_1/retry", {})
    assert "it goes back by itself" in text_of(refused.text)


async def test_an_event_that_was_given_up_is_tried_again(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    async with house.arena.db.transaction() as tx:
        await tx.execute(
            """insert into gateway_event (gateway, id, kind, object_id, tries, said, given_up_at)
               values ('stripe', 'evt_7', 'refund.updated', 're_7', 11, 'Broken: no such thing', clock_timestamp())"""
        )
    page = await reader.get(DEAD)
    assert "Broken: no such thing" in text_of(page.text)
    fields = {"gateway": "stripe", "event": "evt_7"}
    done = await reader.send(f"{DEAD}/retry-event", fields, page=page)
    assert "The event is looked at again at once." in text_of(done.text)
    again = await reader.send(f"{DEAD}/retry-event", fields)
    assert "that was given up" in text_of(again.text)


@pytest.mark.parametrize("path", [BOOKS, OWED])
async def test_nobody_else_sees_them(reader: Reader, path: str) -> None:
    await reader.sign_in("creator")
    assert (await reader.get(path)).status_code == 403
