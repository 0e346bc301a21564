"""What a period goes by is stamped as it opens: terms, declaration and mode change from the next one on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from arena.kit.db import Database
from arena.money import buyers, ledger
from arena.money import performance_fees as fees
from arena.people.access import SYSTEM, Actor
from tests.http import person
from tests.money.performance_fees.contracts import (
    COPIER,
    KEY,
    OCTOBER,
    QUARTER,
    SPRING,
    agreed,
    closed,
    files,
    move,
    read,
)

AUSTRIAN = replace(COPIER, country="AT")


async def switch(db: Database, country: str, mode: fees.Mode, **how: Any) -> int:
    async with db.transaction() as tx:
        return await fees.switch(tx, country, mode, reason="asked", actor=SYSTEM, **how)


async def again(
    db: Database,
    copier: fees.Copier = COPIER,
    account: str = "acc_1",
    *,
    equity: int = 2_000_000,
    rise: bool = False,
) -> fees.Contract:
    async with db.transaction() as tx:
        return await fees.agree(
            tx, copier, "usr_creator", account, equity=equity, key=KEY, rise=rise
        )


async def offer(db: Database, **terms: Any) -> None:
    async with db.transaction() as tx:
        await fees.set_offer(tx, "usr_creator", fees.Terms(**terms), actor=SYSTEM)


async def leaves(db: Database, contract: fees.Contract, equity: int = 2_000_000) -> None:
    async with db.transaction() as tx:
        left = dict.fromkeys(await fees.accounts(tx, contract.id), equity)
        await fees.leave(tx, contract.id, "usr_copier", equities=left, key=KEY, platform_bps=1_500)


async def now(db: Database) -> fees.Contract:
    async with db.transaction() as tx:
        [found] = await fees.contracts(tx, copier_id="usr_copier")
        return found


async def told(db: Database) -> list[tuple[str, str]]:
    async with db.transaction() as tx:
        rows = await tx.fetch("select body from fact where kind = 'FeeModeChanged' order by id")
    return [(row["body"]["mode"], row["body"]["before"]) for row in rows]


async def test_who_declares_another_country_before_the_close_pays_what_the_period_opened_with(
    db: Database,
) -> None:
    contract = await agreed(db)
    await switch(db, "AT", "shadow")
    move(db, OCTOBER + timedelta(days=85))
    changed = await again(db, AUSTRIAN)
    assert (changed.copier.country, changed.next_copier) == ("DE", AUSTRIAN)
    await read(db, contract, QUARTER, 3_000_000)
    await closed(db, QUARTER)
    [first] = await files(db, contract)
    assert (first["statement"]["fee"], first["statement"]["charged"]) == ("200000", True)
    after = await now(db)
    assert (after.copier.country, after.next_copier, after.mode) == ("AT", None, "shadow")
    back = await again(db)
    assert (back.copier.country, back.mode) == ("AT", "shadow"), "from the period after this one"


async def test_who_takes_a_declaration_back_within_the_period_has_changed_nothing(
    db: Database,
) -> None:
    await agreed(db)
    await switch(db, "AT", "shadow")
    await again(db, AUSTRIAN)
    assert (await again(db)).next_copier is None


async def test_a_declaration_that_differs_from_where_invoices_go_is_refused(db: Database) -> None:
    await agreed(db)
    await switch(db, "AT", "shadow")
    copier_id, _ = await person(db)
    details = buyers.BillingDetails("individual", "Ada", "1 Way", "DE")
    async with db.transaction() as tx:
        await buyers.set_details(tx, details, actor=Actor("person", copier_id))
    with pytest.raises(fees.DeclarationDiffers, match="your billing details say DE"):
        await again(db, replace(AUSTRIAN, person_id=copier_id), "acc_2")
    made = await again(db, replace(COPIER, person_id=copier_id), "acc_2")
    assert made.copier.country == "DE"


@pytest.mark.parametrize("country", ["PR", "GU", "VI", "AS", "MP"])
async def test_territories_of_the_united_states_go_by_the_united_states(
    db: Database, country: str
) -> None:
    await agreed(db)
    with pytest.raises(fees.FeesNotAllowed, match="goes by what is set for the US"):
        await switch(db, country, "charged")
    there = fees.Copier("usr_2", country, us_person=False)
    with pytest.raises(fees.FeesNotAllowed, match="qualified"):
        await again(db, there, "acc_2")
    await switch(db, "US", "charged")
    with pytest.raises(fees.FeesNotAllowed, match="qualified"):
        await again(db, there, "acc_2")
    made = await again(db, replace(there, qualified_client=True), "acc_2")
    assert made.mode == "charged"


async def test_a_switch_up_charges_nothing_of_the_open_period_and_tells_both(db: Database) -> None:
    contract = await agreed(db, mode="shadow")
    await read(db, contract, OCTOBER + timedelta(days=80), 3_000_000)
    move(db, QUARTER - timedelta(days=1))
    assert await switch(db, "DE", "charged") == 1
    assert await told(db) == [("charged", "shadow")]
    await read(db, contract, QUARTER, 3_000_000)
    await closed(db, QUARTER)
    async with db.transaction() as tx:
        assert await ledger.find_journals(tx, contract.id) == []
    await read(db, contract, SPRING, 3_100_000)
    await closed(db, SPRING)
    fee = [
        (each["statement"]["fee"], each["statement"]["charged"])
        for each in await files(db, contract)
    ]
    assert fee == [("200000", False), ("20000", True)]


async def test_switching_off_for_a_day_takes_nothing_that_was_earned(db: Database) -> None:
    contract = await agreed(db)
    await read(db, contract, QUARTER - timedelta(days=9), 3_000_000)
    assert await switch(db, "DE", "off") == 1
    await read(db, contract, QUARTER, 3_000_000)
    await closed(db, QUARTER)
    [made] = await files(db, contract)
    assert made["statement"]["charged"]
    assert (await now(db)).mode == "off"


async def test_what_is_switched_at_once_only_comes_down_and_is_told(db: Database) -> None:
    contract = await agreed(db, mode="shadow")
    assert await switch(db, "DE", "charged", at_once=True) == 1
    assert (await now(db)).mode == "shadow", (
        "nobody is charged for what he agreed to as not charged"
    )
    assert await switch(db, "DE", "off", at_once=True) == 1
    assert (await now(db)).mode == "off"
    assert await switch(db, "DE", "off") == 0, "nothing new"
    await read(db, contract, QUARTER, 3_000_000)
    await closed(db, QUARTER)
    [made] = await files(db, contract)
    assert not made["statement"]["charged"]


async def test_who_comes_back_has_the_lower_rate_at_once_and_keeps_the_rest(db: Database) -> None:
    contract = await agreed(db)
    await leaves(db, contract)
    await closed(db, QUARTER)
    await offer(db, rate_bps=1_000, period="month", policy="lots", minimum=5_000_000)
    back = await again(db)
    assert (back.terms, back.next_rate_bps) == (replace(contract.terms, rate_bps=1_000), None)


async def test_who_comes_back_to_a_higher_offer_pays_it_only_by_his_own_word_and_later(
    db: Database,
) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        await fees.change_rate(tx, contract.id, 500, creator_id="usr_creator")
    await leaves(db, contract)
    await closed(db, QUARTER)
    back = await again(db)
    assert (back.terms.rate_bps, back.next_rate_bps) == (500, None), "what he was promised"
    agreed_to = await again(db, account="acc_2", rise=True)
    assert (agreed_to.terms.rate_bps, agreed_to.next_rate_bps) == (500, 2_000)


async def test_a_second_account_does_not_undo_a_rate_that_was_lowered(db: Database) -> None:
    contract = await agreed(db)
    async with db.transaction() as tx:
        await fees.change_rate(tx, contract.id, 500, creator_id="usr_creator")
    assert (await again(db, account="acc_2")).next_rate_bps == 500
    await offer(db, rate_bps=300)
    assert (await again(db, account="acc_3")).next_rate_bps == 300
    assert (await again(db, account="acc_3")).terms.rate_bps == 2_000, "this period's"


async def test_what_is_shown_before_is_what_is_agreed(db: Database) -> None:
    await agreed(db)
    await offer(db, rate_bps=2_500, minimum=9_000_000)
    async with db.transaction() as tx:
        offered = await fees.offer_of(tx, "usr_creator")
        shown = fees.what_holds(await now(db), offered)
    made = await again(db, account="acc_2")
    assert (shown.terms, shown.next_rate_bps) == (made.terms, made.next_rate_bps)
    assert (shown.rises, shown.terms.rate_bps, shown.terms.minimum) == (True, 2_000, 1_000_000)
    with pytest.raises(fees.BelowMinimum):
        await again(db, account="acc_9", equity=999_999)


async def test_a_creator_sees_all_his_copiers_page_by_page(db: Database) -> None:
    await agreed(db)
    for number in range(4):
        move(db, OCTOBER + timedelta(days=number // 2))
        await again(db, replace(COPIER, person_id=f"usr_{number}"), f"acc_more_{number}")
    async with db.transaction() as tx:
        seen, after = list[str](), ""
        while page := await fees.contracts(tx, creator_id="usr_creator", after=after, limit=2):
            seen += [each.copier.person_id for each in page]
            after = page[-1].id
        assert sorted(seen) == ["usr_0", "usr_1", "usr_2", "usr_3", "usr_copier"]
        first = await fees.page_of(tx, "usr_creator")
        assert [each.copier.person_id for each in first] == seen
        rest = await fees.page_of(tx, "usr_creator", after=first[1].id)
        assert rest == first[2:]
