"""The API's pages: the document drawn from our own files, and every error it may answer."""

from starlette.responses import Response

from arena.kit.errors import ArenaError
from arena.people.access import public
from arena.web.page import Pages, VisitDep

routes = Pages()
OPEN = public("how to call the arena is no secret")


@routes.get("/docs", gate=OPEN)
async def api_docs(visit: VisitDep) -> Response:
    return visit.page("open/docs.html")


@routes.get("/docs/problems", gate=OPEN)
async def problems(visit: VisitDep) -> Response:
    return visit.page("open/problems.html", problems=_kinds(ArenaError))


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
