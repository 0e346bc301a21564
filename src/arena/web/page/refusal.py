"""Refusals as pages: what happened, in words for people, and what to do next."""

from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from arena.kit.errors import ArenaError, Unauthenticated
from arena.kit.settings import Settings
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.page.explain import TITLES, explain
from arena.web.page.safe_path import local_path
from arena.web.page.visit import show


def refuse(request: Request, refused: ArenaError) -> Response:
    """The page for an error; whoever is not signed in is sent to sign in, and back here afterwards."""
    if refused.code() == Unauthenticated.code():
        return _to_sign_in(request)
    response = _page(request, refused.status, detail=explain(refused))
    headers = refused.facts.get("headers")
    if isinstance(headers, dict):
        response.headers.update(headers)
    if "retry_after_s" in refused.facts:
        response.headers["Retry-After"] = str(refused.facts["retry_after_s"])
    return response


def invalid(request: Request) -> Response:
    """The page for an address whose parts cannot be read."""
    return _page(request, 422)


def install_html_errors(app: FastAPI) -> None:
    """What no page has answered is shown as a page to browsers; programs get the problem they got before."""
    problem: Any = app.exception_handlers[HTTPException]
    internal: Any = app.exception_handlers[Exception]

    @app.exception_handler(HTTPException)
    async def _none(request: Request, error: HTTPException) -> Response:
        if _is_browser(request) and error.status_code in TITLES:
            return _page(request, error.status_code)
        answer: Response = await problem(request, error)
        return answer

    @app.exception_handler(Exception)
    async def _broken(request: Request, error: Exception) -> Response:
        if _is_browser(request):
            return _page(request, 500)
        answer: Response = await internal(request, error)
        return answer


def _to_sign_in(request: Request) -> Response:
    """After a form the way back is the page the form stood on, as far as the browser names it."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD"):
        came_from = urlsplit(request.headers.get("referer", ""))
        back = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    settings: Settings = request.app.state.arena.settings
    expired = "&expired=1" if request.cookies.get("arena_session") else ""
    target = f"/sign-in?next={quote(local_path(back), safe='')}{expired}"
    assert settings is not None
    if request.headers.get("hx-request") == "true":
        return Response(None, 200, {**HEADERS, "HX-Redirect": target})
    return RedirectResponse(target, 303, HEADERS)


def _page(request: Request, status: int, *, detail: str | None = None) -> Response:
    viewer = getattr(request.state, "viewer", None)
    title, words = TITLES.get(status, TITLES[500])
    return show(
        request, viewer, "error.html", status=status, caching=PRIVATE, code=status, title=title,
        detail=detail or words, request_id=getattr(request.state, "request_id", None),
    )  # fmt: skip


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
