"""Tax of a charge: it stands apart before the shares, and goes back with them: to the cent, in whatever parts."""

import random
from dataclasses import replace

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import buyers, ledger
from arena.money.billing import Attempt, FakeGateway, RefundWish, refund, send
from arena.money.billing.dispute import Told, dispute_stands
from arena.money.billing.model import NewCharge, Shares
from arena.money.buyers import BillingDetails, Tax, TaxRate
from arena.people.access import SYSTEM, Actor
from tests.conftest import START
from tests.money.billing.till import CHARGE, begin, buyer

GERMANY = TaxRate("DE", START, 1_900)


async def paid(db: Database) -> tuple[NewCharge, Attempt]:
    """A charge of $99 to somebody in Germany, where 19 % hold."""
    charge = await buyer(db)
    async with db.transaction() as tx:
        await buyers.set_rate(tx, GERMANY, actor=SYSTEM)
        details = BillingDetails("individual", "Ada", "Example Street 1", "DE")
        await buyers.set_details(tx, details, actor=Actor("person", charge.person_id))
    attempt = await begin(db, charge)
    return charge, await send(db, FakeGateway(db), attempt.id)


async def standing(db: Database, charge: NewCharge) -> tuple[int, int, int]:
    """Creator, platform, tax."""
    async with db.transaction(readonly=True) as tx:
        assert (await ledger.trial_balance(tx)).sound
        codes = (f"creator:{charge.payee_id}:pending", "platform:fee_income", "tax_payable:de")
        creator, platform, tax = [(await ledger.balance(tx, code)).minor for code in codes]
        return creator, platform, tax


async def test_tax_stands_apart_before_the_shares(db: Database) -> None:
    charge, attempt = await paid(db)
    assert (attempt.charge.tax, attempt.state) == (Tax("DE", 1_900), "succeeded")
    assert await standing(db, charge) == (7_071, 1_248, 1_581)


async def test_what_is_given_back_in_parts_gives_all_of_it_back(db: Database) -> None:
    charge, attempt = await paid(db)
    for number, amount in enumerate((1, 3_333, 17, None)):
        wish = RefundWish(attempt.id, f"part {number}", "a part", amount and Money(amount))
        await refund(db, FakeGateway(db), wish, actor=SYSTEM)
    assert await standing(db, charge) == (0, 0, 0)


@pytest.mark.parametrize("given", [0, 2_500])
async def test_a_dispute_that_is_lost_takes_its_tax_with_it(db: Database, given: int) -> None:
    charge, attempt = await paid(db)
    if given:
        wish = RefundWish(attempt.id, "a part", "a part", Money(given))
        await refund(db, FakeGateway(db), wish, actor=SYSTEM)
    told = Told("dp_1", Money(9_900 - given), 1_500)
    async with db.transaction() as tx:
        await dispute_stands(tx, attempt.id, told, "open")
        await dispute_stands(tx, attempt.id, told, "lost")
    creator, platform, tax = await standing(db, charge)
    assert (creator, abs(platform) <= 1, platform + tax) == (0, True, 0)


async def test_a_rate_of_tomorrow_changes_nothing_that_was_charged_today(db: Database) -> None:
    charge, attempt = await paid(db)
    async with db.transaction() as tx:
        details = BillingDetails("individual", "Ada", "1 Example Street", "US")
        await buyers.set_details(tx, details, actor=Actor("person", charge.person_id))
    await refund(db, FakeGateway(db), RefundWish(attempt.id, "all", "all"), actor=SYSTEM)
    assert await standing(db, charge) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(50))
def test_shares_make_up_the_amount_and_their_parts_make_up_the_shares(seed: int) -> None:
    chance = random.Random(seed)
    tax = Tax("DE", chance.choice([0, 700, 1_900, 2_500, 333]))
    charge = replace(CHARGE, tax=tax, platform_bps=chance.choice([0, 1, 1_500, 9_999, 10_000]))
    amount = chance.randint(1, 1_000_000)
    whole = Shares.of(amount, charge)
    assert whole.creator + whole.platform + whole.tax == amount
    before, parts = 0, Shares(0, 0, 0)
    while before < amount:
        step = min(chance.randint(1, 1 + amount // 3), amount - before)
        part = Shares.of(before + step, charge) - Shares.of(before, charge)
        assert part.creator + part.platform + part.tax == step
        assert min(part.creator, part.platform, part.tax) >= 0
        parts = parts - Shares(-part.creator, -part.platform, -part.tax)
        before += step
    assert parts == whole
