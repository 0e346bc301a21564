"""Performance fees as creators, copiers and operators meet them: terms, an agreement, a mark, the way out."""

import json
import re
from datetime import timedelta
from decimal import Decimal

from playwright.async_api import Browser

from arena.kit import ids
from arena.money import performance_fees as fees
from arena.people.access import SYSTEM
from arena.trading.portfolio import open_account
from arena.web.views.fee_readings import cents
from sigma_sdk.verify import verify_fees
from tests.pages.creators_money import past
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import approved
from tests.stories.house import House

STUDIO, MINE, OPERATOR = (
    "/studio/performance-fees", "/account/performance-fees", "/operator/performance-fees",
)  # fmt: skip
TERMS = {"policy": "cumulative_profit", "rate": "20", "period": "month", "minimum": "10,000"}


async def has_account(house: House, reader: Reader, dollars: int) -> str:
    account_id = ids.fresh("acc")
    async with house.arena.db.transaction() as tx:
        await open_account(
            tx, id=account_id, kind="copier", owner_id=reader.person_id, quote="USD",
            opening_cash=Decimal(dollars),
        )  # fmt: skip
    return account_id


async def has_copied(house: House, creator: Reader, copier: Reader) -> fees.Contract:
    """For three months: one closed with a new high, one with a loss, one that is open."""
    db, key = house.arena.db, fees.reading_key(house.arena.settings.vault)
    account_id = ids.fresh("acc")
    who = fees.Copier(copier.person_id, "DE", us_person=False)
    began = past(db, timedelta(days=100))
    async with began.transaction() as tx:
        await fees.switch(tx, "DE", "charged", reason="allowed there", actor=SYSTEM)
        await fees.set_offer(tx, creator.person_id, fees.Terms(period="month"), actor=SYSTEM)
        made = await fees.agree(
            tx, who, creator.person_id, account_id, equity=cents(Decimal(20_000)), key=key
        )
    for days, equity in ((80, 2_300_000), (60, 2_450_000), (30, 2_380_000), (20, 2_600_000)):
        at = past(db, timedelta(days=days))
        reading = fees.Reading(account_id, at.clock.now(), equity)
        async with at.transaction() as tx:
            [now] = await fees.contracts(tx, copier_id=copier.person_id)
            while now.period_end <= tx.now:
                close = fees.Reading(account_id, now.period_end, equity)
                await fees.observe(tx, now.id, close, reference=f"close:{now.period_end}", key=key)
                await fees.close_one(tx, now.id, platform_bps=1_500, key=key)
                [now] = await fees.contracts(tx, copier_id=copier.person_id)
            await fees.observe(tx, now.id, reading, reference=f"read:{days}", key=key)
    return made


async def test_from_an_operators_switch_to_an_agreement_and_out_again(house: House) -> None:
    async with Reader(house) as creator, Reader(house) as copier, Reader(house) as operator:
        await creator.sign_in("creator")
        await copier.sign_in()
        await operator.sign_in("operator")
        assert "Nobody has agreed yet" in text_of((await creator.get(STUDIO)).text)
        assert "You have agreed to none" in text_of((await copier.get(MINE)).text)
        page = await creator.get(STUDIO)
        bad = await creator.send(STUDIO, {**TERMS, "rate": "lots"}, page=page)
        assert "Per cent, like 20 or 12.5." in text_of(bad.text)
        much = await creator.send(STUDIO, {**TERMS, "minimum": "500"}, page=page)
        assert much.status_code == 422
        done = await creator.send(STUDIO, TERMS, page=page)
        assert "Offered." in text_of(done.text)
        path = f"{MINE}/with/{creator.person_id}"
        assert (await copier.get(f"{MINE}/with/{copier.person_id}")).status_code == 404
        rules = await operator.get(OPERATOR)
        switched = await operator.send(
            OPERATOR, {"country": "nl", "mode": "shadow", "reason": "to see"}, page=rules
        )
        assert (
            "In NL performance fees are only shown, for periods that begin from now on."
            in text_of(switched.text)
        )
        listing = (await approved(house, creator)).listing
        assert path in (await copier.get(f"/listings/{listing.id}")).text
        none = await copier.get(path)
        assert "You have no account to bring" in text_of(none.text)
        account_id = await has_account(house, copier, 20_000)
        page = await copier.get(path)
        said = text_of(page.text)
        assert "takes 20 % of new profits" in said
        assert "only what is above the loss of the second counts" in said
        sent = {"account": account_id, "country": "nl"}
        without = await copier.send(path, sent, page=page)
        assert "Nothing is agreed without your consent" in text_of(without.text)
        american = await copier.send(
            path, {**sent, "us_person": "true", "consent": "true"}, page=page
        )
        assert american.status_code == 403
        agreed = await copier.send(path, {**sent, "consent": "true"}, page=page)
        said = text_of(agreed.text)
        assert "Agreed. The account is read from now on." in said
        assert "computed and shown here, and not charged" in said
        contract_id = re.findall(r"pfc_\w{26}", str(agreed.url))[0]
        assert (await creator.get(f"{MINE}/{contract_id}")).status_code == 404, "the copier's page"
        shown = await creator.get(f"{STUDIO}/{contract_id}")
        rise = await creator.send(f"{STUDIO}/{contract_id}/rate", {"rate": "25"}, page=shown)
        assert rise.status_code == 422
        fell = await creator.send(f"{STUDIO}/{contract_id}/rate", {"rate": "12.5"}, page=shown)
        assert "12.50 % from the next period on" in text_of(fell.text)
        declared = text_of((await operator.get(OPERATOR)).text)
        assert "NL" in declared
        await _sees_what_will_hold(copier, operator, path, f"{MINE}/{contract_id}")
        left = await copier.send(f"{MINE}/{contract_id}/leave", {}, page=agreed)
        assert "You have left." in text_of(left.text)
        assert "leaving" in text_of((await creator.get(STUDIO)).text)


async def _sees_what_will_hold(copier: Reader, operator: Reader, terms: str, contract: str) -> None:
    """The terms page tells what a second account would agree to; the contract's what an operator has switched."""
    again = await copier.get(terms)
    said = text_of(again.text)
    assert "You have a contract with" in said
    assert "20 %; 12.50 % from the next period on" in said
    assert "you need not agree to it" in said
    assert "I also agree that the rate rises to 20 %" in said
    up = {"country": "NL", "mode": "charged", "reason": "allowed there"}
    switched = await operator.send(OPERATOR, up, page=await operator.get(OPERATOR))
    assert "Contracts whose copier and creator have a letter: 1." in text_of(switched.text)
    said = text_of((await copier.get(contract)).text)
    assert "computed and shown here, and not charged" in said, "this period as it began"
    assert "Fees are invoiced as a period closes." in said, "and the next one as it was switched"


async def test_a_copier_sees_profit_against_the_mark_and_takes_home_statements_that_compute_again(
    house: House,
) -> None:
    async with Reader(house) as creator, Reader(house) as copier, Reader(house) as operator:
        await creator.sign_in("creator")
        await copier.sign_in()
        await operator.sign_in("operator")
        made = await has_copied(house, creator, copier)
        page = await copier.get(f"{MINE}/{made.id}")
        said = text_of(page.text)
        for words in (
            "Due by now",
            "Profit since the start",
            "sigma verify-fee",
            "Leave the contract",
        ):
            assert words in said, words
        assert '<polyline class="curve-2"' in page.text
        paths = re.findall(rf"{MINE}/statements/pfs_\w+/json", page.text)
        files = [json.loads((await copier.get(path)).text) for path in reversed(paths)]
        assert len(files) >= 2
        assert all(finding.holds for finding in verify_fees(files))
        theirs = paths[0].replace(MINE, STUDIO)
        assert json.loads((await creator.get(theirs)).text)["sha256"]
        assert (await operator.get(theirs)).status_code == 404
        assert "charged" in text_of((await operator.get(OPERATOR)).text)


async def test_the_pages_of_performance_fees_are_drawn_well(house: House, browser: Browser) -> None:
    async with Reader(house) as creator, Reader(house) as copier, Reader(house) as operator:
        await creator.sign_in("creator")
        await copier.sign_in()
        await operator.sign_in("operator")
        made = await has_copied(house, creator, copier)
        await has_account(house, copier, 15_000)
        for who, path, name in (
            (creator, STUDIO, "fees-studio"), (creator, f"{STUDIO}/{made.id}", "fees-contract-creator"),
            (copier, MINE, "fees-copier"), (copier, f"{MINE}/{made.id}", "fees-contract"),
            (copier, f"{MINE}/with/{creator.person_id}", "fees-terms"), (operator, OPERATOR, "fees-operator"),
        ):  # fmt: skip
            await look_at(browser, house, path, name, cookies=who.cookies)
