"""Tax rates: from a moment on, never backwards, by the country of who pays; none for who accounts for it himself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.money import buyers
from arena.money.buyers import NO_TAX, BillingDetails, Tax, TaxRate
from arena.people.access import SYSTEM, Actor
from tests.conftest import START
from tests.http import person

GERMAN = BillingDetails("individual", "Ada Reader", "Example Street 1\n10115 Berlin", "DE")
COMPANY = replace(GERMAN, kind="company", tax_id="136695976")
RATE = TaxRate("DE", START, 1_900, reverse_charge=True)


async def set_rate(db: Database, rate: TaxRate) -> None:
    async with db.transaction() as tx:
        await buyers.set_rate(tx, rate, actor=SYSTEM)


async def buyer(db: Database, details: BillingDetails | None) -> str:
    person_id, _ = await person(db)
    if details is not None:
        async with db.transaction() as tx:
            await buyers.set_details(tx, details, actor=Actor("person", person_id))
    return person_id


async def tax(db: Database, person_id: str) -> Tax:
    async with db.transaction(readonly=True) as tx:
        return await buyers.tax_for(tx, person_id)


async def test_without_a_rate_nobody_pays_tax(db: Database) -> None:
    assert await tax(db, await buyer(db, GERMAN)) == NO_TAX


async def test_who_pays_tax_follows_from_his_details_and_the_day(db: Database) -> None:
    await set_rate(db, RATE)
    await set_rate(db, replace(RATE, from_at=START + timedelta(days=30), rate_bps=1_600))
    german, company = await buyer(db, GERMAN), await buyer(db, COMPANY)
    american = await buyer(db, replace(GERMAN, country="US"))
    unknown = await buyer(db, None)
    assert await tax(db, german) == Tax("DE", 1_900)
    assert await tax(db, company) == Tax("DE", 0, reverse_charge=True)
    assert await tax(db, await buyer(db, replace(COMPANY, tax_id=None))) == Tax("DE", 1_900)
    assert await tax(db, american) == await tax(db, unknown) == NO_TAX
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(START + timedelta(days=30))
    assert await tax(db, german) == Tax("DE", 1_600)
    await set_rate(db, replace(RATE, from_at=START + timedelta(days=31), rate_bps=0))
    db.clock.move_to(START + timedelta(days=31))
    assert await tax(db, german) == NO_TAX


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RATE, from_at=START - timedelta(seconds=1)), replace(RATE, country="XX"),
        replace(RATE, rate_bps=-1), replace(RATE, rate_bps=5_001),
        replace(RATE, country="AE"),  # any number would do there
    ],
)  # fmt: skip
async def test_a_rate_that_cannot_be_is_refused(db: Database, wrong: TaxRate) -> None:
    with pytest.raises(buyers.TaxRateRefused):
        await set_rate(db, wrong)


async def test_where_numbers_cannot_be_checked_a_company_pays_tax(db: Database) -> None:
    await set_rate(db, replace(RATE, country="AE", rate_bps=500, reverse_charge=False))
    company = await buyer(db, replace(COMPANY, country="AE", tax_id="AE ABCDE"))
    assert await tax(db, company) == Tax("AE", 500)


async def test_a_rate_is_never_replaced(db: Database) -> None:
    await set_rate(db, RATE)
    with pytest.raises(buyers.TaxRateRefused, match="already"):
        await set_rate(db, replace(RATE, rate_bps=700))


@pytest.mark.parametrize(
    ("amount", "bps", "within"), [(9_900, 1_900, 1_581), (11_900, 1_900, 1_900), (1, 1_900, 0)]
)
def test_tax_is_in_the_price(amount: int, bps: int, within: int) -> None:
    assert Tax("DE", bps).within(amount) == within
