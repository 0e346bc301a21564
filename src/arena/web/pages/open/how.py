"""How a record is made and checked, in words and pictures; and the notices."""

from starlette.responses import Response

from arena.marketplace.disclosures import HYPOTHETICAL
from arena.marketplace.trust import CAP_SIMULATED_FORWARD, DAYS_MIN
from arena.people.access import public
from arena.trading.venues import Rules
from arena.web.page import Pages, VisitDep

routes = Pages()


@routes.get("/how", gate=public("how a record is made is what everybody must be able to judge"))
async def how(visit: VisitDep) -> Response:
    settings = visit.settings
    return visit.page(
        "open/how.html", rules=Rules.from_settings(settings), hypothetical=HYPOTHETICAL,
        burn_in_days=settings.burn_in_days, burn_in_fills=settings.burn_in_fills,
        creator_share=1 - settings.platform_share_bps / 10_000, days_min=DAYS_MIN,
        cap=CAP_SIMULATED_FORWARD,
    )  # fmt: skip
