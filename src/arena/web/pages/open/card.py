"""A model card: how a model was tested, what came out, whether it was luck, and how to compute it all again."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.kit.db import Tx
from arena.people import identity
from arena.people.access import public
from arena.signals.lab import cards
from arena.signals.lab.trials import family
from arena.web.page import Pages, VisitDep
from arena.web.views.model_card import model_card

routes = Pages()
OPEN = public("a card is there to be read and checked by everybody")
Sha = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@routes.get("/cards/{sha}", gate=OPEN)
async def card(visit: VisitDep, sha: Sha) -> Response:
    """Raises NoSuchCard."""
    kept = await cards.card(visit.tx, sha)
    return visit.page(
        "open/card.html", card=model_card(kept), trials=await family(visit.tx, kept.family_id),
        author=await _author(visit.tx, kept),
    )  # fmt: skip


async def _author(tx: Tx, kept: cards.Kept) -> identity.Collective | None:
    """The collective that sent it; None where a person did, whose name is nobody's business."""
    if not kept.kept_by.startswith("col_"):
        return None
    return await identity.collective(tx, kept.kept_by)
