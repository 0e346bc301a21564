"""A word for the next page: what was done and what comes next, sealed in a cookie that is read once."""

import base64
import binascii
import json

from starlette.requests import Request
from starlette.responses import Response

from arena.kit.settings import Settings
from arena.kit.vault import VaultError

COOKIE = "arena_flash"
SECONDS = 60
Flash = dict[str, str]


def leave_flash(response: Response, settings: Settings, *, text: str, tone: str) -> None:
    """`tone` is good or bad."""
    sealed = settings.vault.seal(json.dumps({"text": text, "tone": tone}).encode(), "flash")
    response.set_cookie(
        COOKIE, base64.urlsafe_b64encode(sealed).decode(), max_age=SECONDS, path="/", httponly=True,
        samesite="lax", secure=settings.origin.startswith("https:"),
    )  # fmt: skip


def read_flash(request: Request, settings: Settings) -> Flash | None:
    """What the page before left, if it did and it is ours."""
    kept = request.cookies.get(COOKIE)
    if not kept:
        return None
    try:
        flash: Flash = json.loads(settings.vault.open(base64.urlsafe_b64decode(kept), "flash"))
    except (VaultError, ValueError, binascii.Error):
        return None
    return flash


def drop_flash(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/")
