"""A person's cards: what is kept, another one, and the payment provider's own page where they are looked after."""

from starlette.responses import Response

from arena.money import billing
from arena.people.access import needs
from arena.web.page import Filled, Form, Pages, VisitDep, _, ngettext

routes = Pages()
READS = needs("subscriptions:read", kinds=("person",))
WRITES = needs("subscriptions:write", kinds=("person",))
HERE = "/account/cards"


@routes.get(HERE, gate=READS)
async def show(visit: VisitDep) -> Response:
    form: Filled[Form] = Filled()
    return visit.page(
        "subscriber/cards.html", form=form, cards=await billing.payment_methods(visit.tx, visit.actor.id),
        cards_are=billing.cards_of(visit.settings),
    )  # fmt: skip


@routes.get(f"{HERE}/portal", gate=WRITES, conducts=True)
async def portal(visit: VisitDep) -> Response:
    """The way to the provider's page. A link leads there: a form must not, for the sake of the page's policy."""
    call = visit.call
    url = await billing.open_portal(
        call.db, billing.choose_gateway(call.db, visit.settings), back=f"{HERE}/returned", actor=visit.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return visit.page("subscriber/card-portal.html", url=url)


@routes.get(f"{HERE}/returned", gate=WRITES, conducts=True)
async def returned(visit: VisitDep) -> Response:
    """Where the provider sends a person back to: the cards are looked at again. Repeating changes nothing."""
    call = visit.call
    found = await billing.look_at_cards(
        call.db, billing.choose_gateway(call.db, visit.settings), actor=visit.actor, request_id=call.request_id
    )  # fmt: skip
    if not found:
        return visit.go(
            HERE, said=_("No card is kept any more: what renews next cannot be paid."), tone="bad"
        )
    said = ngettext("%(count)s card is kept.", "%(count)s cards are kept.", len(found))
    return visit.go(HERE, said=said)
