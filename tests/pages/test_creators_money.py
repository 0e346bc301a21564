"""Earnings, payouts and statements as creators see them, the queue and the ledger as operators do."""

import json
import re

import httpx
import pytest
from playwright.async_api import Browser

from arena.kit import ids
from arena.money import ledger, payouts
from tests.money.creators import actor
from tests.pages.creators_money import has_earned, has_papers
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import approved
from tests.stories.house import House


@pytest.fixture
async def creator(house: House, reader: Reader) -> Reader:
    """Signed in, with money and papers."""
    await reader.sign_in("creator")
    await has_earned(house, reader)
    operator = await actor(house.arena.db, "operator")
    await has_papers(house, reader, operator.id)
    return reader


async def hand_in(reader: Reader, kind: str, **fields: str) -> httpx.Response:
    path = f"/studio/payouts/papers/{kind}"
    page = await reader.get(path)
    sent = {"name": "Ada Reader", "country": "de", **fields}
    return await reader.send(path, sent, page=page)


async def test_who_has_nothing_is_told_what_would_be_there(reader: Reader) -> None:
    await reader.sign_in("creator")
    for path, words in (
        ("/studio/earnings", "Nothing earned yet"), ("/studio/payouts", "No payout yet"),
        ("/studio/statements", "No month is closed yet"),
    ):  # fmt: skip
        page = await reader.get(path)
        assert page.status_code == 200
        assert words in text_of(page.text), path
    assert 'href="/studio/earnings"' in (await reader.get("/studio")).text


async def test_earnings_say_what_waits_what_can_be_paid_and_draw_the_months(
    creator: Reader,
) -> None:
    page = await creator.get("/studio/earnings")
    said = text_of(page.text)
    for words in (
        "Pending $84.15",
        "Can be paid out",
        "85 % of each charge",
        "It waits 7 days",
        "5 %",
    ):
        assert words in said, words
    assert page.text.count("<rect") == 12
    assert "Earned less refunds by month" in page.text


async def owes(house: House, creator: Reader) -> None:
    """A copier was invoiced a fee and has not paid it."""
    own = creator.person_id[4:]
    async with house.arena.db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PERFORMANCE_FEE, idem=f"pfs_{own}", reference=f"pfc_{own}",
            legs=[
                ledger.Leg(f"receivable:{creator.person_id}", 10_000), ledger.Leg("platform:fee_income", -1_500),
                ledger.Leg(f"creator:{creator.person_id}:pending", -8_500),
            ],
        )  # fmt: skip


async def test_earnings_promise_no_day_for_what_a_customer_has_not_paid(
    house: House, creator: Reader
) -> None:
    await owes(house, creator)
    said = text_of((await creator.get("/studio/earnings")).text)
    for words in (
        "$84.15 on hold, $85 waits for customers to pay",
        "Performance fee pfc_",
        "when the customer has paid, 7 days later",
        "When they will is not known, so no day stands here",
    ):
        assert words in said, words


async def test_the_checklist_says_what_is_missing_and_leads_to_it(reader: Reader) -> None:
    await reader.sign_in("creator")
    page = await reader.get("/studio/payouts")
    said = text_of(page.text)
    assert said.count("Not handed in yet.") == 3
    assert "A payout is at least $25; $0 can be paid out now." in said
    assert 'action="/studio/payouts"' not in page.text, "no button that cannot work"
    for kind in ("identity", "tax_form", "account"):
        assert f'href="/studio/payouts/papers/{kind}"' in page.text
    wrong = await hand_in(reader, "tax_form", form="w9", secret="123456789")
    assert wrong.status_code == 422
    assert "W-9 is for persons" in text_of(wrong.text)
    await hand_in(reader, "identity", form="person")
    await hand_in(reader, "tax_form", form="w8ben", secret="12 345 678")
    done = await hand_in(reader, "account", form="fake", secret="DE02 1203 0000 0000 2020 51")
    said = text_of(done.text)
    assert "Handed in. An operator looks at it" in said
    assert said.count("Handed in; an operator looks at it.") == 3
    assert "12345678" not in done.text


async def test_a_creator_asks_cancels_and_asks_again(house: House, creator: Reader) -> None:
    page = await creator.get("/studio/payouts")
    bad = await creator.send("/studio/payouts", {"amount": "ten"}, page=page)
    assert "Dollars and cents, like 250 or 250.50." in text_of(bad.text)
    much = await creator.send("/studio/payouts", {"amount": "9,999,999"}, page=page)
    assert much.status_code == 422
    asked = await creator.send("/studio/payouts", {"amount": "$1,000.50"}, page=page)
    said = text_of(asked.text)
    assert "Two operators look at payouts of this size" in said
    assert "$1,000.50" in said
    payout_id = re.findall(r"/studio/payouts/(pyo_\w+)/cancel", asked.text)[0]
    gone = await creator.send(f"/studio/payouts/{payout_id}/cancel", {}, page=asked)
    assert "Cancelled: the money is available again." in text_of(gone.text)
    again = await creator.send("/studio/payouts", {"amount": "100"}, page=gone)
    assert "It is sent within the hour." in text_of(again.text)
    await payouts.send_due(
        house.arena.db, house.arena.settings.vault, payouts.payout_gateways(house.arena.db)
    )
    assert "on its way" in text_of((await creator.get("/studio/payouts")).text)
    assert "In transit $100" in text_of((await creator.get("/studio/earnings")).text)


async def test_two_operators_release_a_large_payout_and_one_alone_cannot(
    house: House, creator: Reader
) -> None:
    page = await creator.get("/studio/payouts")
    asked = await creator.send("/studio/payouts", {"amount": "1500"}, page=page)
    payout_id = re.findall(r"/studio/payouts/(pyo_\w+)/cancel", asked.text)[0]
    path = f"/operator/payouts/{payout_id}"
    async with Reader(house) as first, Reader(house) as second:
        await first.sign_in("operator")
        await second.sign_in("operator")
        queue = await first.get("/operator/payouts")
        assert "$1,500 · Ada Reader" in text_of(queue.text)
        done = await first.send(path, {"act": "approve"}, page=queue)
        assert "Another operator has to release it" in text_of(done.text)
        alone = await first.send(path, {"act": "release"})
        assert alone.status_code == 403
        done = await second.send(path, {"act": "release"})
        assert "it is sent within the hour" in text_of(done.text)
        books = await first.get(f"/operator/ledger?find={payout_id}")
        assert "payout.reserved" in text_of(books.text)
        assert "set aside" in text_of(books.text)
        nameless = await second.send(path, {"act": "cancel"})
        assert nameless.status_code == 422
        ended = await second.send(path, {"act": "cancel", "words": "the bank is closed"})
        assert "Cancelled" in text_of(ended.text)
    assert "the bank is closed" in text_of((await creator.get("/studio/payouts")).text)


async def arrived(house: House, creator: Reader, first: Reader, second: Reader) -> str:
    """A large payout that two operators have released and the fake gateway has paid; its page's path."""
    page = await creator.get("/studio/payouts")
    asked = await creator.send("/studio/payouts", {"amount": "1500"}, page=page)
    payout_id = re.findall(r"/studio/payouts/(pyo_\w+)/cancel", asked.text)[0]
    path = f"/operator/payouts/{payout_id}"
    queue = await first.get("/operator/payouts")
    await first.send(path, {"act": "approve"}, page=queue)
    await second.get("/operator/payouts")
    await second.send(path, {"act": "release"}, page=await second.get("/operator/payouts"))
    for _ in range(2):
        await payouts.send_due(
            house.arena.db, house.arena.settings.vault, payouts.payout_gateways(house.arena.db)
        )
    return path


async def test_two_operators_note_that_a_large_payout_came_back(
    house: House, creator: Reader
) -> None:
    async with Reader(house) as first, Reader(house) as second:
        await first.sign_in("operator")
        await second.sign_in("operator")
        path = await arrived(house, creator, first, second)
        back = {"act": "reverse", "words": "account closed"}
        said = text_of(
            (await first.send(path, back, page=await first.get("/operator/payouts"))).text
        )
        assert "another operator has to say so, too" in said
        assert "Said to have come back" in said
        alone = await first.send(path, back)
        assert alone.status_code == 409
        kept = await second.send(
            path,
            {"act": "keep", "words": "it is there"},
            page=await second.get("/operator/payouts"),
        )
        assert "It stays paid." in text_of(kept.text)
        await first.send(path, back)
        done = await second.send(path, back)
        assert "the money is available again" in text_of(done.text)
    assert "account closed" in text_of((await creator.get("/studio/payouts")).text)


async def test_the_queue_says_what_keeps_a_payout_from_going_on(
    house: House, creator: Reader
) -> None:
    page = await creator.get("/studio/payouts")
    asked = await creator.send("/studio/payouts", {"amount": "1500"}, page=page)
    payout_id = re.findall(r"/studio/payouts/(pyo_\w+)/cancel", asked.text)[0]
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        queue = await operator.get("/operator/payouts")
        stop = {"person_id": creator.person_id, "reason": "looked into"}
        stopped = await operator.send("/operator/payouts/stops", stop, page=queue)
        assert "It cannot go on: Nothing is looked into (stopped)." in text_of(stopped.text)
        refused = await operator.send(f"/operator/payouts/{payout_id}", {"act": "approve"})
        assert refused.status_code == 409
        assert "cannot go on: no_stop (stopped)" in text_of(refused.text)


async def test_an_operator_looks_at_papers_and_stops_payouts(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    await hand_in(reader, "identity", form="company", secret="HRB 4711")
    async with house.arena.db.transaction() as tx:
        paper = (await payouts.papers_of(tx, reader.person_id))["identity"]
    path = f"/operator/payouts/papers/{paper.id}"
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        page = await operator.get("/operator/payouts")
        assert f'aria-labelledby="{paper.id}"' in page.text
        shown = await operator.send(f"{path}/reveal", {"reason": "to compare"}, page=page)
        assert "HRB 4711" in shown.text
        assert shown.headers["cache-control"] == "no-store"
        why = await operator.send(f"{path}/decide", {"verdict": "refuse"}, page=page)
        assert "Say why: the payee reads it." in text_of(why.text)
        await operator.send(f"{path}/decide", {"verdict": "refuse", "reason": "cut off"}, page=page)
        stop = {"person_id": reader.person_id, "reason": "claims are looked into"}
        stopped = await operator.send("/operator/payouts/stops", stop, page=page)
        assert "claims are looked into" in text_of(stopped.text)
        said = text_of((await reader.get("/studio/payouts")).text)
        assert "Refused: cut off" in said
        assert "Payouts are stopped: claims are looked into" in said
        async with house.arena.db.transaction() as tx:
            [found] = [s for s in await payouts.stops(tx) if s.person_id == reader.person_id]
        lifted = await operator.send(
            f"/operator/payouts/stops/{found.id}/lift", {"reason": "all is well"}
        )
        assert "Lifted." in text_of(lifted.text)


async def test_who_had_a_listing_taken_down_is_not_paid_until_an_operator_lifts_it(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    made = await approved(house, reader)
    path = f"/operator/listings/{made.listing.id}"
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        page = await operator.get(path)
        await operator.send(path, {"reason": "copied from another feed", "sure": "true"}, page=page)
    await house.settle()
    said = text_of((await reader.get("/studio/payouts")).text)
    assert "Payouts are stopped: copied from another feed" in said


async def test_a_statement_is_read_and_taken_home(creator: Reader) -> None:
    page = await creator.get("/studio/statements")
    months = re.findall(r'href="/studio/statements/(\d{4}-\d\d)"', page.text)
    assert len(months) >= 3
    shown = await creator.get(f"/studio/statements/{months[0]}")
    said = text_of(shown.text)
    for words in ("Opening", "Your part of charges", "Closing", "SHA-256"):
        assert words in said, words
    assert "Standing at its beginning" in text_of(page.text)
    journals = re.findall(r'href="(/studio/earnings/journals/jrn_[0-9a-z]+)"', shown.text)
    said_of = [text_of((await creator.get(path)).text) for path in journals]
    of_charge = next(said for said in said_of if "payment.captured" in said)
    for words in ("Your part of charges", "Pending $", "Total $", "is theirs to see"):
        assert words in of_charge, words
    assert (await creator.get("/studio/earnings/journals/jrn_0")).status_code == 404
    csv, told, pdf = [
        await creator.get(f"/studio/statements/{months[0]}/{kind}")
        for kind in ("csv", "json", "pdf")
    ]
    assert csv.headers["content-disposition"].endswith(f'"statement-{months[0]}.csv"')
    assert json.loads(told.text)["statement"]["month"] == months[0]
    assert pdf.content.startswith(b"%PDF")
    assert (await creator.get("/studio/statements/1999-01")).status_code == 422
    assert (await creator.get("/studio/statements/2099-01")).status_code == 404


async def test_an_operator_walks_the_ledger(house: House, creator: Reader) -> None:
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        page = await operator.get("/operator/ledger")
        assert "Sound: all entries sum to zero" in text_of(page.text)
        code = f"creator:{creator.person_id}:available"
        moved = await operator.get("/operator/ledger", params={"account": code})
        assert "Opening" in text_of(moved.text)
        assert "hold.released" in text_of(moved.text)
        named = await operator.get("/operator/ledger", params={"find": creator.person_id})
        assert "payment.captured" in text_of(named.text)
        assert "The next hundred" not in text_of(named.text)
        for find in (
            "sub_nothing",
            "jrn_nothing",
            "inv_nothing",
            "dsp_nothing",
            "'; drop table journal",
        ):
            nothing = await operator.get("/operator/ledger", params={"find": find})
            assert "No journal belongs to it" in text_of(nothing.text), find
        wrong = await operator.get(
            "/operator/ledger", params={"account": "slush:fund", "month": "x"}
        )
        assert wrong.status_code == 404


async def test_the_pages_of_money_are_drawn_well(
    house: House, browser: Browser, creator: Reader
) -> None:
    await owes(house, creator)
    await look_at(browser, house, "/studio/earnings", "earnings", cookies=creator.cookies)
    await look_at(browser, house, "/studio/payouts", "payouts", cookies=creator.cookies)
    page = await creator.get("/studio/payouts")
    await creator.send("/studio/payouts", {"amount": "1200"}, page=page)
    await look_at(browser, house, "/studio/payouts", "payouts-asked", cookies=creator.cookies)
    await look_at(
        browser, house, "/studio/payouts/papers/tax_form", "payout-paper", cookies=creator.cookies
    )
    await look_at(browser, house, "/studio/statements", "statements", cookies=creator.cookies)
    listed = await creator.get("/studio/statements")
    month = re.findall(r'href="/studio/statements/(\d{4}-\d\d)"', listed.text)[0]
    await look_at(
        browser, house, f"/studio/statements/{month}", "statement", cookies=creator.cookies
    )
    shown = await creator.get(f"/studio/statements/{month}")
    journal = re.findall(r'href="(/studio/earnings/journals/jrn_[0-9a-z]+)"', shown.text)[0]
    await look_at(browser, house, journal, "statement-journal", cookies=creator.cookies)


async def test_the_operators_pages_of_money_are_drawn_well(
    house: House, browser: Browser, creator: Reader
) -> None:
    async with Reader(house) as first, Reader(house) as second:
        await first.sign_in("operator")
        await second.sign_in("operator")
        path = await arrived(house, creator, first, second)
        words = {"act": "reverse", "words": "The bank says that the account was closed."}
        await first.send(path, words, page=await first.get("/operator/payouts"))
    async with Reader(house) as other, Reader(house) as operator:
        await other.sign_in("creator")
        await hand_in(other, "identity", form="person", secret=ids.fresh("x"))
        await operator.sign_in("operator")
        await look_at(
            browser, house, "/operator/payouts", "operator-payouts", cookies=operator.cookies
        )
        code = f"creator:{creator.person_id}:available"
        await look_at(
            browser, house, f"/operator/ledger?account={code}&find=sub_{creator.person_id[4:]}1",
            "operator-ledger", cookies=operator.cookies,
        )  # fmt: skip
