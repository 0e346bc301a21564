"""Where fees may be, and what a creator asks for: off unless an operator switched a country on."""

import re
from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money import buyers
from arena.money.performance_fees import store
from arena.money.performance_fees.hold import let_go
from arena.money.performance_fees.model import (
    UNITED_STATES,
    Copier,
    DeclarationDiffers,
    FeeModeChanged,
    FeesNotAllowed,
    Mode,
    NoOffer,
    Terms,
)
from arena.people.access import Actor

_COUNTRY = re.compile("[A-Z]{2}")
_STEPS: Sequence[Mode] = ("off", "shadow", "charged")


async def switch(
    tx: Tx,
    country: str,
    mode: Mode,
    *,
    reason: str,
    actor: Actor,
    at_once: bool = False,
    request_id: str | None = None,
) -> int:
    """`shadow` computes and shows, `charged` charges as well. Of how many contracts copier and creator are told.

    Open periods end as they began; the new mode holds from the next one on. `at_once`: where it is a lower one, open
    periods go by it as well, and what is held in them is free. Raises FeesNotAllowed where that is no country.
    """
    _check_country(country)
    if country in UNITED_STATES - {"US"}:
        raise FeesNotAllowed(why=f"{country} goes by what is set for the US; switch US")
    before = await store.mode(tx, country)
    await store.set_mode(tx, country, mode)
    at_once = at_once and _STEPS.index(mode) <= _STEPS.index(before)
    told = await _tell(tx, country, mode, before=before, at_once=at_once)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="performance_fees.switch", object=country,
        detail={"mode": mode, "before": before, "at_once": at_once, "contracts": told}, reason=reason,
        request_id=request_id,
    )  # fmt: skip
    return told


async def _tell(tx: Tx, country: str, mode: Mode, *, before: Mode, at_once: bool) -> int:
    """What of contracts changes by a switch, each with a letter to copier and creator."""
    countries = sorted(UNITED_STATES) if country == "US" else [country]
    told = 0
    for found in await store.declared_in(tx, countries):
        declared = found.next_copier or found.copier
        comes_down = at_once and _STEPS.index(mode) < _STEPS.index(found.mode)
        if comes_down and found.copier.country in countries:
            await let_go(tx, found)
            await store.set_contract_mode(tx, found.id, mode)
        changes = mode != before and declared.country in countries
        if not changes and not comes_down:
            continue
        if declared.american and not declared.qualified_client:
            continue
        holds_from = tx.now if comes_down else found.period_end
        await tx.record(
            FeeModeChanged(
                found.id,
                found.copier.person_id,
                found.creator_id,
                mode,
                found.mode,
                holds_from,
                tx.now,
            )
        )
        told += 1
    return told


async def mode_for(tx: Tx, copier: Copier) -> Mode:
    """What goes for a copier whose period opens now. A US person who is no qualified client has none, whatever an
    operator switches; territories go by the US.

    Source: 17 CFR 275.205-3, which allows fees on gains for qualified clients alone.
    """
    if copier.american and not copier.qualified_client:
        return "off"
    return await store.mode(tx, "US" if copier.country in UNITED_STATES else copier.country)


async def check_allowed(tx: Tx, copier: Copier) -> Mode:
    """Raises FeesNotAllowed, and DeclarationDiffers where he is billed in another country than he declares."""
    _check_country(copier.country)
    billed = await buyers.details(tx, copier.person_id)
    if billed is not None and billed.country != copier.country:
        raise DeclarationDiffers(
            declared=copier.country, where="your billing details", said=billed.country
        )
    mode = await mode_for(tx, copier)
    if mode != "off":
        return mode
    if copier.american:
        raise FeesNotAllowed(
            why="US persons must be qualified clients, and the operator must allow it"
        )
    raise FeesNotAllowed(why=f"the operator has not switched them on for {copier.country}")


async def set_offer(
    tx: Tx, creator_id: str, terms: Terms, *, actor: Actor, request_id: str | None = None
) -> int:
    """Its version. Contracts keep the terms that they were agreed under, but for a lower rate: see `lower_rate`."""
    version = await store.insert_offer(tx, creator_id, terms)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="performance_fees.set_offer", object=creator_id,
        detail={
            "version": version, "policy": terms.policy, "rate_bps": terms.rate_bps, "period": terms.period,
            "minimum": str(terms.minimum),
        },
        request_id=request_id,
    )  # fmt: skip
    return version


async def offer_of(tx: Tx, creator_id: str) -> Terms:
    """Raises NoOffer."""
    found = await store.offer(tx, creator_id)
    if found is None:
        raise NoOffer(creator_id=creator_id)
    return found


def _check_country(country: str) -> None:
    if not _COUNTRY.fullmatch(country):
        raise FeesNotAllowed(
            why=f"{country!r} is no country; send two capital letters of ISO 3166-1"
        )
