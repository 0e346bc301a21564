"""A visit: one request for a page by somebody, and the ways to answer it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from arena.kit.db import Tx
from arena.kit.errors import ArenaError, Unauthenticated
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access import Actor, Call
from arena.web.page.answer import HEADERS, PRIVATE, PUBLIC, Html
from arena.web.page.flash import COOKIE, Flash, drop_flash, leave_flash, read_flash
from arena.web.page.forms import Filled, M, fill, uploaded
from arena.web.page.render import render


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in, as the frame of a page shows it."""

    id: str
    name: str
    email: str
    roles: frozenset[str]

    @property
    def creates(self) -> bool:
        return "creator" in self.roles or "operator" in self.roles

    @property
    def operates(self) -> bool:
        return "operator" in self.roles


@dataclass(slots=True)
class Visit:
    """What a page works with. `viewer` is None for whoever is not signed in."""

    request: Request
    call: Call
    viewer: Viewer | None

    @property
    def tx(self) -> Tx:
        return self.call.tx

    @property
    def actor(self) -> Actor:
        return self.call.actor

    @property
    def settings(self) -> Settings:
        return self.call.settings

    @property
    def wants_part(self) -> bool:
        """Whether htmx asks for a part of the page that it will put in place; when somebody goes back it asks
        for the whole."""
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-request-type") != "full"

    def page(
        self, template: str, /, *, status: int = 200, caching: str | None = None, **values: Any
    ) -> Html:
        """The template in its frame. Public caching for whoever is not signed in, unless said otherwise."""
        return show(self.request, self.viewer, template, status=status, caching=caching, **values)

    def go(self, path: str, said: str | None = None, *, tone: str = "good") -> Response:
        """See other (303): the page at the path, which shows what is `said` once."""
        response = RedirectResponse(path, 303, HEADERS)
        if said is not None:
            leave_flash(response, self.settings, text=said, tone=tone)
        return response

    async def form(self, model: type[M]) -> Filled[M]:
        """What was sent, checked. Raises FormIncomplete."""
        return await fill(self.request, model)

    async def upload(self) -> bytes:
        """The file of the form's field `upload`; empty where none was chosen."""
        return await uploaded(self.request)

    @asynccontextmanager
    async def trying(self, form: Filled[Any]) -> AsyncIterator[None]:
        """Undoes what is refused inside and notes the refusal on the form, which is then shown again.

        Whoever is not signed in any more is sent to sign in instead.
        """
        try:
            if self.call.conducts:
                yield
            else:
                async with self.tx.savepoint():
                    yield
        except Unauthenticated as refused:
            if refused.code() == Unauthenticated.code():
                raise
            form.refusal = refused
        except ArenaError as refused:
            form.refusal = refused


def show(
    request: Request,
    viewer: Viewer | None,
    template: str,
    /,
    *,
    status: int = 200,
    caching: str | None = None,
    **values: Any,
) -> Html:
    """The template in its frame, for a request that need not have come to be a visit."""
    settings: Settings = request.app.state.arena.settings
    flash: Flash | None = read_flash(request, settings)
    if caching is None:
        caching = PUBLIC if viewer is None and flash is None and status == 200 else PRIVATE
    html = render(
        template, request=request, viewer=viewer, flash=flash, settings=settings,
        here=request.url.path, origin=settings.origin, **values,
    )  # fmt: skip
    response = Html(html, request=request, status=status, caching=caching)
    if COOKIE in request.cookies:
        drop_flash(response)
    return response


async def _visit(request: Request) -> Visit:
    call: Call = request.state.call
    visit = Visit(request, call, await _viewer(call))
    request.state.viewer = visit.viewer
    return visit


async def _viewer(call: Call) -> Viewer | None:
    if call.actor.kind != "person":
        return None
    if call.conducts:
        async with call.db.transaction(readonly=True) as tx:
            person = await identity.person(tx, call.actor.id)
    else:
        person = await identity.person(call.tx, call.actor.id)
    return Viewer(person.id, person.name, person.email, person.roles)


VisitDep = Annotated[Visit, Depends(_visit)]
