"""/design: every component on one page, in every state, for whoever changes how the arena looks."""

from starlette.responses import Response

from arena.kit.money import Money
from arena.people.access import public
from arena.web.draw import sparkline
from arena.web.page import Filled, Form, Pages, VisitDep

routes = Pages()


@routes.get("/design", gate=public("how the pages are built is no secret"))
async def design(visit: VisitDep) -> Response:
    wrong: Filled[Form] = Filled(
        {"email": "ada at example"}, {"email": "This does not look right."}, None, None
    )
    line = sparkline([100, 101, 99, 104, 108, 107, 112], "Equity over 7 days, +12.0 % net")
    return visit.page(
        "open/design.html", empty=Filled[Form](), wrong=wrong, line=line, now=visit.tx.now,
        price=Money(9_900),
    )  # fmt: skip
