"""An app of just the routers a test is about, a client that speaks to it, and people who call it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request, Response

from arena.kit import ids, problems
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.vault import open_vault

SAFE = {"GET", "HEAD", "OPTIONS"}


def make_app(db: Database, settings: Settings, *routers: APIRouter, floor: Any = None) -> FastAPI:
    """A FastAPI app with problems installed and request ids set, as the real one has them."""
    app = FastAPI()
    app.state.arena = SimpleNamespace(db=db, settings=settings, floor=floor)
    problems.install(app)

    @app.middleware("http")
    async def _request_id(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        request.state.request_id = request.headers.get("x-request-id") or ids.fresh("req")
        response = await call_next(request)
        response.headers["x-request-id"] = request.state.request_id
        return response

    for router in routers:
        app.include_router(router)
    return app


def make_client(
    db: Database, settings: Settings, *routers: APIRouter, floor: Any = None
) -> httpx.AsyncClient:
    """A client of such an app at `settings.origin`; it adds an Idempotency-Key where a call needs one."""
    return client_of(make_app(db, settings, *routers, floor=floor), settings.origin)


def client_of(
    app: Any, origin: str, *, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    async def add_key(request: httpx.Request) -> None:
        if request.method not in SAFE:
            request.headers.setdefault("Idempotency-Key", ids.fresh("idem"))

    return httpx.AsyncClient(
        transport=transport or httpx.ASGITransport(app=app), base_url=origin,
        event_hooks={"request": [add_key]}, timeout=30,
    )  # fmt: skip


async def person(db: Database, *roles: str, name: str = "") -> tuple[str, dict[str, str]]:
    """A new person with these roles; the id, and headers with an API key of all scopes the roles allow."""
    from arena.people.access import NewApiKey, create_api_key
    from arena.people.identity import create_person

    name = name or ids.fresh("name")[-8:]
    async with db.transaction() as tx:
        made = await create_person(
            tx,
            email=f"{name}@example.org",
            name=name,
            password="correct horse battery",
            roles=roles,
        )
        vault = open_vault(Path(), seed="test")  # the one of the fixture `settings`
        _, key = await create_api_key(tx, vault, NewApiKey(made.id, "test"))
    return made.id, {"Authorization": f"Bearer {key}"}
