"""Say who is billed. Invoices take the details as they stand when they are made, and keep them."""

from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money.buyers import store
from arena.money.buyers.model import (
    ADDRESS_LENGTH_MAX,
    ADDRESS_LINES_MAX,
    COUNTRIES,
    NAME_LENGTH_MAX,
    BillingDetails,
    BillingDetailsRefused,
)
from arena.money.buyers.tax_ids import checked_tax_id
from arena.people import identity
from arena.people.access import Actor


async def set_details(
    tx: Tx, new: BillingDetails, *, actor: Actor, request_id: str | None = None
) -> BillingDetails:
    """The actor's details from now on; the same again changes nothing.

    Raises BillingDetailsRefused, TaxIdRefused, TaxIdUnknownHere.
    """
    wanted = _checked(new)
    kept = await store.details(tx, actor.id)
    if kept is not None and replace(kept, version=0, at=None) == replace(
        wanted, version=0, at=None
    ):
        return kept
    version = await store.insert(tx, actor.id, wanted)
    # The trail cannot forget, so it says that they changed and not what they are.
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="buyers.set_details", object=actor.id,
        detail={"version": version, "country": wanted.country, "kind": wanted.kind}, reason=None,
        request_id=request_id,
    )  # fmt: skip
    return replace(wanted, version=version, at=tx.now)


async def payer_of(tx: Tx, subject: str) -> str | None:
    """The person who pays for a person or a collective; None for a collective that nobody owns."""
    if subject.startswith("usr_"):
        return subject
    return (await identity.collective(tx, subject)).owner_id


def _checked(new: BillingDetails) -> BillingDetails:
    name = " ".join(new.name.split())
    lines = [" ".join(line.split()) for line in new.address.splitlines()]
    address = "\n".join(line for line in lines if line)
    country = new.country.strip().upper()
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        raise BillingDetailsRefused(why=f"a name has 1 to {NAME_LENGTH_MAX} characters")
    if country not in COUNTRIES:
        raise BillingDetailsRefused(why="a country is two letters of ISO 3166-1, like US or DE")
    if not address or len(address) > ADDRESS_LENGTH_MAX or address.count("\n") >= ADDRESS_LINES_MAX:
        raise BillingDetailsRefused(
            why=f"an address has 1 to {ADDRESS_LINES_MAX} lines, {ADDRESS_LENGTH_MAX} characters at most"
        )
    if not address.replace("\n", "").isprintable():
        raise BillingDetailsRefused(why="the address has characters that cannot be printed")
    stated = (new.tax_id or "").strip()
    tax_id = checked_tax_id(country, stated) if stated else None
    return BillingDetails(new.kind, name, address, country, tax_id)
