"""Tax rates: set by an operator for a country from a moment on, never backwards; and what of a price is tax."""

from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.money.buyers import store
from arena.money.buyers.model import (
    COUNTRIES,
    NO_TAX,
    BillingDetails,
    CountryUnknown,
    Tax,
    TaxRate,
    TaxRateRefused,
)
from arena.money.buyers.tax_ids import can_be_checked
from arena.people.access import Actor

RATE_BPS_MAX = 5_000


async def set_rate(tx: Tx, new: TaxRate, *, actor: Actor, request_id: str | None = None) -> TaxRate:
    """Holds for what is charged from then on; a rate of 0 ends a country's. Raises TaxRateRefused."""
    if new.country not in COUNTRIES:
        raise TaxRateRefused(why="a country is two letters of ISO 3166-1, like US or DE")
    if not 0 <= new.rate_bps <= RATE_BPS_MAX:
        raise TaxRateRefused(why=f"a rate goes from 0 to {RATE_BPS_MAX // 100} per cent")
    if new.reverse_charge and not can_be_checked(new.country):
        raise TaxRateRefused(
            why=f"tax numbers of {new.country} cannot be checked here, so any would free a company from tax: leave"
            " reverse charge out"
        )
    if new.from_at < tx.now:
        raise TaxRateRefused(
            why=f"it is {iso_ms(tx.now)} already, and what was charged before stays as it is"
        )
    if not await store.insert_rate(tx, new):
        raise TaxRateRefused(why=f"{new.country} has a rate from that moment on already")
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="buyers.set_tax_rate", object=new.country,
        detail={
            "rate_bps": new.rate_bps, "from_at": iso_ms(new.from_at), "reverse_charge": new.reverse_charge,
        },
        reason=None, request_id=request_id,
    )  # fmt: skip
    return new


async def require_country(tx: Tx, person_id: str) -> None:
    """Raises CountryUnknown where he has given no billing details."""
    if await store.details(tx, person_id) is None:
        raise CountryUnknown


async def tax_for(tx: Tx, person_id: str | None) -> Tax:
    """What is in the prices this person pays now, by the country of his billing details; none where he gave none."""
    if person_id is None:
        return NO_TAX
    return (await taxes_for(tx, [person_id]))[person_id]


async def taxes_for(tx: Tx, person_ids: Sequence[str]) -> dict[str, Tax]:
    """The same for many, by person."""
    found = dict.fromkeys(person_ids, NO_TAX)
    rates = await store.rates_now(tx)
    if rates:
        for person_id, details in (await store.newest_details(tx, person_ids)).items():
            found[person_id] = tax_of(details, rates.get(details.country))
    return found


def tax_of(details: BillingDetails, rate: TaxRate | None) -> Tax:
    """Of this buyer where this rate holds."""
    if rate is None or not rate.rate_bps:
        return NO_TAX
    if rate.reverse_charge and details.kind == "company" and details.tax_id:
        return Tax(details.country, 0, reverse_charge=True)
    return Tax(details.country, rate.rate_bps)
