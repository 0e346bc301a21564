"""The studio: one's collectives, feeds and listings, and what each still lacks."""

from starlette.responses import Response

from arena.people.access import known
from arena.trading import market
from arena.web.page import Pages, VisitDep
from arena.web.pages.studio import snippets
from arena.web.pages.studio.desk import desk
from arena.web.pages.studio.status import STATUS

routes = Pages()


@routes.get("/studio", gate=known("who is no creator yet is shown how to become one"))
async def studio(visit: VisitDep) -> Response:
    if visit.viewer is None or not visit.viewer.creates:
        return visit.go("/account/creator")
    origin = visit.settings.origin
    symbols = await market.instruments(visit.tx)
    return visit.page(
        "studio/overview.html", view=await desk(visit), statuses=STATUS,
        register=snippets.register(origin), register_bot=snippets.register_bot(origin),
        open_feed=snippets.open_feed(origin, instrument=symbols[0].symbol if symbols else "BTC-USD"),
    )  # fmt: skip
