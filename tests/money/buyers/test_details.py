"""Billing details: checked before they are kept, a version each, and told in the trail without what they are."""

import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.money import buyers
from arena.money.buyers import BillingDetails
from arena.people.access import Actor
from tests.http import person

ADA = BillingDetails("individual", "Ada Reader", "1 Example Street\nSpringfield, IL 62701", "us")


@pytest.mark.parametrize(
    ("country", "stated", "kept"),
    [
        ("DE", "de 136 695 976", "DE136695976"), ("DE", "136695976", "DE136695976"),
        ("GR", "094259216", "EL094259216"), ("US", "91-1144442", "91-1144442"), ("US", "911144442", "91-1144442"),
        ("FR", "FR 40 303 265 045", "FR40303265045"), ("KE", "p051092002e", "P051092002E"),
    ],
)  # fmt: skip
def test_a_tax_number_is_kept_as_its_country_writes_it(
    country: str, stated: str, kept: str
) -> None:
    assert buyers.checked_tax_id(country, stated) == kept


@pytest.mark.parametrize(
    ("country", "stated", "why"),
    [
        ("DE", "136695978", "check digits do not fit"), ("DE", "1366959", "too many or too few characters"),
        ("US", "07-1144442", "never issued"), ("US", "91-114444x", "not written like one"),
    ],
)  # fmt: skip
def test_a_wrong_tax_number_is_refused_with_what_is_wrong(
    country: str, stated: str, why: str
) -> None:
    with pytest.raises(buyers.TaxIdRefused, match=why):
        buyers.checked_tax_id(country, stated)


def test_what_cannot_be_checked_must_at_least_look_like_a_number() -> None:
    with pytest.raises(buyers.TaxIdUnknownHere):
        buyers.checked_tax_id("AQ", "<script>")


async def test_each_change_is_a_version_and_the_same_again_is_none(db: Database) -> None:
    person_id, _ = await person(db)
    me = Actor("person", person_id)
    async with db.transaction() as tx:
        assert await buyers.details(tx, person_id) is None
        first = await buyers.set_details(tx, ADA, actor=me)
        again = await buyers.set_details(tx, ADA, actor=me)
        company = BillingDetails("company", "Reader Inc", "x", "US", "911144442")
        second = await buyers.set_details(tx, company, actor=me)
        assert (first.version, again.version, second.version) == (1, 1, 2)
        assert first.country == "US"
        kept = await buyers.versions(tx, person_id)
        told = await audit.search(tx, object=person_id, action="buyers.set_details", limit=5)
    assert [one.name for one in kept] == ["Reader Inc", "Ada Reader"]
    assert len(told) == 2
    assert "Reader" not in str([one.detail for one in told]), "the trail cannot forget a name"


@pytest.mark.parametrize(
    "wrong",
    [
        BillingDetails("individual", " ", "x", "US"), BillingDetails("individual", "A", "", "US"),
        BillingDetails("individual", "A", "x", "XX"), BillingDetails("individual", "A", "a\n" * 7, "US"),
        BillingDetails("individual", "A\x00", "x", "US"), BillingDetails("individual", "A", "x\x07", "US"),
    ],
)  # fmt: skip
async def test_what_cannot_stand_on_an_invoice_is_refused(
    db: Database, wrong: BillingDetails
) -> None:
    person_id, _ = await person(db)
    async with db.transaction() as tx:
        with pytest.raises(buyers.BillingDetailsRefused):
            await buyers.set_details(tx, wrong, actor=Actor("person", person_id))
