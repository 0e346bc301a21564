"""An HTML answer: strict headers, an ETag of the content, compressed where the reader takes that."""

import gzip
import hashlib

from starlette.requests import Request
from starlette.responses import Response

COMPRESS_FROM_BYTES = 1_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
VARY = "Cookie, Accept-Encoding, HX-Request, HX-Request-Type"
PUBLIC = "public, max-age=0, s-maxage=5, must-revalidate"
PRIVATE = "private, no-cache"
SECRET = "no-store"  # noqa: S105 - the name of a caching rule


class Html(Response):
    """`caching` is PUBLIC, PRIVATE or SECRET. A reader who names the ETag of a page gets 304 instead."""

    media_type = "text/html"

    def __init__(
        self, html: str, *, request: Request, status: int = 200, caching: str = PRIVATE
    ) -> None:
        content = html.encode()
        tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {**HEADERS, "Cache-Control": caching, "Vary": VARY}
        arena = getattr(request.app.state, "arena", None)
        if arena is not None and arena.settings.origin.startswith("https:"):
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if status == 200 and caching != SECRET:
            headers["ETag"] = tag
            if tag in request.headers.get("if-none-match", ""):
                super().__init__(None, 304, headers)
                return
        # What holds a secret is sent as it is: its length must not tell what it contains.
        if (
            caching != SECRET
            and len(content) >= COMPRESS_FROM_BYTES
            and "gzip" in request.headers.get("accept-encoding", "")
        ):
            content = gzip.compress(content, 5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        super().__init__(content, status, headers)
