"""Where fees may be, and what a creator asks for: off unless an operator switched a country on."""

import re

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money.performance_fees import store
from arena.money.performance_fees.model import Copier, FeesNotAllowed, Mode, NoOffer, Terms
from arena.people.access import Actor

_COUNTRY = re.compile("[A-Z]{2}")


async def switch(
    tx: Tx, country: str, mode: Mode, *, reason: str, actor: Actor, request_id: str | None = None
) -> None:
    """`shadow` computes and shows, `charged` charges as well. Raises FeesNotAllowed where that is no country."""
    _check_country(country)
    await store.set_mode(tx, country, mode)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="performance_fees.switch", object=country,
        detail={"mode": mode}, reason=reason, request_id=request_id,
    )  # fmt: skip


async def mode_for(tx: Tx, copier: Copier) -> Mode:
    """What goes for a copier. A US person who is no qualified client has none, whatever an operator switches.

    Source: 17 CFR 275.205-3, which allows fees on gains for qualified clients alone.
    """
    if (copier.us_person or copier.country == "US") and not copier.qualified_client:
        return "off"
    return await store.mode(tx, copier.country)


async def check_allowed(tx: Tx, copier: Copier) -> Mode:
    """Raises FeesNotAllowed."""
    _check_country(copier.country)
    mode = await mode_for(tx, copier)
    if mode != "off":
        return mode
    if copier.us_person or copier.country == "US":
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
