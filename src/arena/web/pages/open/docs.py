"""The API's pages: every call with its fields, an example and a command to copy; every error it may answer."""

from functools import lru_cache

from fastapi import FastAPI
from starlette.responses import Response

from arena.kit.errors import ArenaError, NotFound
from arena.people.access import public
from arena.web.page import Pages, VisitDep
from arena.web.views.reference import Group, groups

routes = Pages()
OPEN = public("how to call the arena is no secret")


class NoSuchGroup(NotFound):
    """There are no calls of this name; see /docs for all of them."""


@routes.get("/docs", gate=OPEN)
async def api_docs(visit: VisitDep) -> Response:
    return visit.page("open/docs.html", groups=_groups(visit.request.app, visit.settings.origin))


@routes.get("/docs/problems", gate=OPEN)
async def problems(visit: VisitDep) -> Response:
    return visit.page("open/problems.html", problems=_kinds(ArenaError))


@routes.get("/docs/calls/{slug}", gate=OPEN)
async def calls(visit: VisitDep, slug: str) -> Response:
    known = _groups(visit.request.app, visit.settings.origin)
    group = next((group for group in known if group.slug == slug), None)
    if group is None:
        raise NoSuchGroup
    return visit.page("open/docs-group.html", group=group, groups=known)


@lru_cache(maxsize=4)
def _groups(app: FastAPI, origin: str) -> list[Group]:
    return groups(app.openapi(), origin)


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
