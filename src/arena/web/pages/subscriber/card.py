"""Which card pays: one that is kept, or a new one, which is kept from now on."""

from arena.money import billing
from arena.web.page import Visit

NEW = "new"
CHOICE = r"^(new|pm_[0-9a-z]{26})$"


async def card_of(visit: Visit, chosen: str, number: str | None) -> str:
    """The id of the chosen payment method; the card of that number is kept first, once. It stays kept, whatever
    becomes of the charge. Raises CardRefused, GatewayUnavailable."""
    if chosen != NEW:
        return chosen
    call = visit.call
    async with call.db.transaction() as tx:
        kept = await billing.keep_card(
            tx, gateway=billing.choose_gateway(call.db, call.settings), number=number or "", actor=visit.actor,
            request_id=call.request_id,
        )  # fmt: skip
    return kept.id
