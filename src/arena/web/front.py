"""The front page: what this is, the state of the product, where to go next. And the API's pages."""

from starlette.responses import HTMLResponse, Response

from arena.kit.errors import ArenaError
from arena.people.access import CallDep, Routes, public
from arena.web.board import board
from arena.web.page import page

routes = Routes("pages")
WHY = "people who are not signed in see it"


@routes.add("GET", "/", gate=public(WHY), response_class=HTMLResponse, include_in_schema=False)
async def front(call: CallDep) -> Response:
    return page("front.html", board=await board(call.tx))


@routes.add("GET", "/state", gate=public(WHY), response_class=HTMLResponse, include_in_schema=False)
async def state(call: CallDep) -> Response:
    """The part of the front page that moves, for the page's own refresh."""
    return page("state.html", board=await board(call.tx))


@routes.add("GET", "/docs", gate=public(WHY), response_class=HTMLResponse, include_in_schema=False)
async def api_docs(call: CallDep) -> Response:
    return page("docs.html", request_id=call.request_id)


@routes.add(
    "GET", "/docs/problems", gate=public(WHY), response_class=HTMLResponse, include_in_schema=False
)
async def problems(call: CallDep) -> Response:
    return page("problems.html", problems=_kinds(ArenaError), request_id=call.request_id)


def _kinds(root: type[ArenaError]) -> list[tuple[str, int, str]]:
    """Code, status and message of every error that may be met, by code."""
    found = {
        kind.code(): (kind.code(), kind.status, " ".join((kind.__doc__ or "").split()))
        for kind in _descendants(root)
    }
    return sorted(found.values())


def _descendants(kind: type[ArenaError]) -> list[type[ArenaError]]:
    below = kind.__subclasses__()
    return below + [deeper for child in below for deeper in _descendants(child)]
