"""The session's cookie, set and taken away the same way by every door."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from arena.kit.settings import Settings
from arena.people.access.sessions import COOKIE, SESSION_DAYS


def session_token(request: HTTPConnection) -> str | None:
    """The token the caller's browser sent, whatever it may be worth."""
    return request.cookies.get(COOKIE) or None


def set_session_cookie(response: Response, settings: Settings, token: str) -> None:
    """No script reads it, no other site's form brings it along; over https it never leaves without encryption."""
    response.set_cookie(
        COOKIE, token, max_age=SESSION_DAYS * 86_400, path="/", httponly=True, samesite="lax",
        secure=settings.origin.startswith("https:"),
    )  # fmt: skip


def drop_session_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/")
