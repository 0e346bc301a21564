"""What the doors share: where one goes from them, and how a refusal at one is answered."""

from typing import Any

from starlette.responses import Response

from arena.people import access
from arena.web.page import Filled, Visit, local_path
from arena.web.page.answer import PRIVATE

WELCOME = "/market"
_DOORS = ("/sign-in", "/sign-up", "/sign-out", "/forgot", "/reset")


def onward(stated: str | None) -> str:
    """The stated place where it is one of ours and no door itself, else the market."""
    place = local_path(stated, WELCOME)
    return WELCOME if place.partition("?")[0].startswith(_DOORS) else place


def door(visit: Visit, template: str, form: Filled[Any], **values: Any) -> Response:
    """A door's page, which no cache keeps for somebody else; whoever was too quick is told when to come back."""
    response = visit.page(
        template, status=form.status, caching=PRIVATE, form=form,
        next=onward(form.value("next") or visit.request.query_params.get("next")), **values,
    )  # fmt: skip
    if form.refusal is not None and "retry_after_s" in form.refusal.facts:
        response.headers["Retry-After"] = str(form.refusal.facts["retry_after_s"])
    return response


def enter(visit: Visit, token: str, place: str, said: str | None = None) -> Response:
    """On to the place, signed in with the token of a new session."""
    response = visit.go(place, said)
    access.set_session_cookie(response, visit.settings, token)
    return response
