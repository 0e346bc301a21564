"""Finds out who calls: a signature, an API key or a session, in this order; else nobody in particular."""

from urllib.parse import quote

from starlette.requests import HTTPConnection, Request

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access.api_keys import PREFIX, actor_of_api_key, api_key_digest
from arena.people.access.model import ANONYMOUS, SAFE, Actor, ApiKeyRefused, CrossSite
from arena.people.access.sessions import COOKIE, actor_of_session
from arena.people.access.signature import SignedRequest, collective_of_signature


async def authenticate(db: Database, settings: Settings, request: HTTPConnection) -> Actor:
    """The caller of an HTTP request or a WebSocket's handshake.

    Raises SignatureRefused, SignatureReplayed, ApiKeyRefused, and CrossSite where a browser's session
    comes with a changing call from another site. A session that is over counts as none.
    """
    headers = request.headers
    if "signature-input" in headers or "signature" in headers:
        body = await request.body() if isinstance(request, Request) else b""
        signed = SignedRequest(
            request.scope.get("method", "GET"), target_uri(settings, request), headers, body
        )
        return await collective_of_signature(db, signed)
    if "authorization" in headers:
        scheme, _, secret = headers["authorization"].partition(" ")
        if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
            raise ApiKeyRefused
        async with db.transaction(readonly=True) as tx:
            found = await actor_of_api_key(tx, api_key_digest(settings.vault, secret))
        if found is None:
            raise ApiKeyRefused
        return found[0]
    token = request.cookies.get(COOKIE)
    if not token:
        return ANONYMOUS
    async with db.transaction(readonly=True) as tx:
        actor = await actor_of_session(tx, settings.vault, token)
    if actor is None:
        return ANONYMOUS
    if request.scope.get("method", "GET") not in SAFE and not same_site(settings, request):
        raise CrossSite
    return actor


def same_site(settings: Settings, request: HTTPConnection) -> bool:
    """Whether a browser says the call comes from our own pages: by Sec-Fetch-Site, else by Origin.

    Browsers send Sec-Fetch-Site only to https and to this very machine; on a plain address of a local network
    Origin is held against the host that was called, as Go's CrossOriginProtection does.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin", "")
    host = origin.partition("://")[2]
    return origin == settings.origin or (host != "" and host == request.headers.get("host"))


def target_uri(settings: Settings, request: HTTPConnection) -> str:
    """The address a signature covers: our public origin, then path and query as they were sent."""
    raw = request.scope.get("raw_path")
    path = raw.decode("latin-1").partition("?")[0] if raw else quote(request.scope["path"])
    query = request.scope.get("query_string", b"").decode("latin-1")
    return settings.origin + path + (f"?{query}" if query else "")
