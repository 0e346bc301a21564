"""Coupons as a creator makes and ends them, and as a buyer sees what they take off before anything is charged."""

import re

from playwright.async_api import Browser

from arena.kit import ids
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import approved
from tests.stories.house import House

HERE = "/studio/coupons"


async def test_who_has_no_listing_is_told_what_comes_first(reader: Reader) -> None:
    await reader.sign_in("creator")
    said = text_of((await reader.get(HERE)).text)
    assert "No coupon yet" in said
    assert "You have no listing yet" in said


async def test_a_coupon_is_made_used_counted_and_ended(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    listing = (await approved(house, reader)).listing
    page = await reader.get(HERE)
    code = ids.fresh("c")[-8:].upper()
    good = {
        "code": code,
        "listing": listing.id,
        "kind": "percent",
        "off": "25 %",
        "charges": "3",
        "uses_max": "1",
    }
    for wrong, words in (
        ({"off": "120"}, "from 1 to 90"),
        ({"kind": "amount", "off": "ten"}, "Dollars and cents"),
        ({"code": "a b"}, "This does not look right."),
        ({"last_day": "2001-01-01"}, "That day is over"),
        ({"last_day": "soon"}, "A day like 2030-12-31"),
    ):
        refused = await reader.send(HERE, {**good, **wrong}, page=page)
        assert refused.status_code == 422
        assert words in text_of(refused.text), wrong
    made = await reader.send(HERE, {**good, "last_day": "2099-12-31"}, page=page)
    assert f"{code} can be used from now on." in text_of(made.text)
    again = await reader.send(HERE, good)
    assert again.status_code == 409
    async with Reader(house) as buyer, Reader(house) as late:
        await buyer.sign_in()
        path = f"/subscribe/{listing.id}/pro"
        shown = await buyer.get(path, params={"coupon": code.lower()})
        said = text_of(shown.text)
        assert "$74.25 with the coupon" in said
        fields = {
            "number": "4242 4242 4242 4242", "price": "9900", "coupon": code, "consent": "true", "period": "month",
        }  # fmt: skip
        bought = await buyer.send(path, fields, page=shown)
        assert "$74.25 are paid for the first month" in text_of(bought.text)
        await late.sign_in()
        none_left = text_of((await late.get(path, params={"coupon": code})).text)
        assert "it has been used as often as it may" in none_left
    listed = await reader.get(HERE)
    assert re.search(rf"{code}.*?1 of 1.*?used up", text_of(listed.text))
    [end] = re.findall(rf"{HERE}/cpn_\w+/end", listed.text)
    ended = await reader.send(end, {}, page=listed)
    assert f"{code} is over" in text_of(ended.text)


async def test_the_page_of_coupons_is_drawn_well(
    house: House, browser: Browser, reader: Reader
) -> None:
    await reader.sign_in("creator")
    listing = (await approved(house, reader)).listing
    for kind, off in (("percent", "20"), ("amount", "10.50")):
        code = ids.fresh("c")[-8:]
        sent = {"code": code, "listing": listing.id, "kind": kind, "off": off}
        await reader.send(HERE, sent)
    await look_at(browser, house, HERE, "coupons", cookies=reader.cookies)
    await look_at(browser, house, "/studio/earnings", "earnings-empty", cookies=reader.cookies)
