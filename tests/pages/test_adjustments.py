"""Adjustments as operators see them: asked for by one, signed by another, each refusal beside its field."""

import re

from playwright.async_api import Browser

from arena.kit import ids
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

HERE = "/operator/adjustments"


def wish(why: str, **changes: str) -> dict[str, str]:
    return {
        "debit": "processor_fees", "credit": "platform:fee_income", "amount": "2.50", "currency": "USD",
        "reference": "", "reason": why, **changes,
    }  # fmt: skip


async def test_two_operators_set_something_right_and_it_is_drawn_well(
    house: House, browser: Browser
) -> None:
    why = f"a fee that the bank took, {ids.fresh('x')[-8:]}"
    async with Reader(house) as first, Reader(house) as second:
        await first.sign_in("operator")
        await second.sign_in("operator")
        assert "Adjustments" in text_of((await first.get("/operator/ledger")).text)
        page = await first.get(HERE)
        asked = await first.send(HERE, wish(why), page=page)
        assert "Asked for" in text_of(asked.text)
        assert "another operator has to sign" in text_of(asked.text)
        await look_at(browser, house, HERE, "operator-adjustments", cookies=first.cookies)
        seen = await second.get(HERE)
        [adjustment_id] = re.findall(
            rf'action="{HERE}/(adj_\w+)/sign"', seen.text.split(why)[0] + seen.text.split(why)[1]
        )
        signed = await second.send(f"{HERE}/{adjustment_id}/sign", {}, page=seen)
        assert "Signed and posted" in text_of(signed.text)
        again = await second.send(f"{HERE}/{adjustment_id}/withdraw", {})
        assert again.status_code == 409
        assert "posted already" in text_of(again.text)


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_asked_for(
    house: House,
) -> None:
    why = f"nothing of this may stay, {ids.fresh('x')[-8:]}"
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        for changes, status in (
            ({"amount": "0.00"}, 422), ({"amount": "1.234"}, 422), ({"debit": "slush:fund"}, 404),
            ({"debit": "platform:fee_income"}, 422), ({"reason": "x"}, 422),
        ):  # fmt: skip
            page = await operator.get(HERE)
            refused = await operator.send(HERE, wish(why, **changes), page=page)
            assert refused.status_code == status, changes
            assert 'name="credit"' in refused.text, "the form stands there again"
        assert why not in (await operator.get(HERE)).text
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        assert (await creator.get(HERE)).status_code == 403


async def test_a_wish_can_be_withdrawn_and_a_page_can_fill_in_what_it_is_about(
    house: House,
) -> None:
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        page = await operator.get(HERE, params={"reference": "sub_0001"})
        assert 'value="sub_0001"' in page.text
        asked = await operator.send(HERE, wish("asked for by mistake"), page=page)
        [adjustment_id] = re.findall(rf'action="{HERE}/(adj_\w+)/withdraw"', asked.text)[:1]
        gone = await operator.send(f"{HERE}/{adjustment_id}/withdraw", {}, page=asked)
        assert "Nothing was posted" in text_of(gone.text)
