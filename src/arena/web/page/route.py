"""Routes of pages: gated like every other, refused in HTML, safe against forms of other sites."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import HTMLResponse, Response

from arena.kit.canonical import sha256_hex
from arena.kit.errors import ArenaError
from arena.people.access import SAFE, CrossSite, Gate, GatedRoute, same_site
from arena.web.page.forms import FormIncomplete, form_values
from arena.web.page.refusal import invalid, refuse

Endpoint = Callable[..., Any]
Decorator = Callable[[Endpoint], Endpoint]


class PageRoute(GatedRoute):
    """A refusal becomes a page, and is not kept: whoever mends a form and sends it again is heard again."""

    refuse = None

    async def idempotency_key(self, request: Request) -> str:
        """The form's own token and what it holds: a form sent twice acts once, a mended one acts anew."""
        values = await form_values(request)
        token = values.pop("once", "")
        if not (8 <= len(token) <= 64 and token.isascii() and token.isprintable()):
            raise FormIncomplete
        return f"{token}:{sha256_hex(repr(sorted(values.items())).encode())[:32]}"

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            settings = request.app.state.arena.settings
            try:
                if request.method not in SAFE and not same_site(settings, request):
                    raise CrossSite
                return await inner(request)
            except ArenaError as refused:
                return refuse(request, refused)
            except RequestValidationError:
                return invalid(request)

        return handle


class Pages(APIRouter):
    """A router of pages: `@routes.get("/market", gate=public("…"))`, `@routes.post(…)` for their forms."""

    def __init__(self) -> None:
        super().__init__(route_class=PageRoute, include_in_schema=False)

    def get(self, path: str, *, gate: Gate, conducts: bool = False) -> Decorator:  # type: ignore[override]  # a gate is a must
        """`conducts=True` for a page that opens its own transactions, or outlives them, as a stream does."""
        return self._page(path, ["GET", "HEAD"], (gate, conducts, False))

    def post(  # type: ignore[override]  # a gate is a must
        self, path: str, *, gate: Gate, conducts: bool = False, keyed: bool = True
    ) -> Decorator:
        """`keyed=False` exempts a form from its token; say why beside it."""
        return self._page(path, ["POST"], (gate, conducts, keyed))

    def _page(self, path: str, methods: list[str], gated: tuple[Gate, bool, bool]) -> Decorator:
        def register(endpoint: Endpoint) -> Endpoint:
            endpoint.__arena__ = gated  # type: ignore[attr-defined]  # read by GatedRoute
            self.add_api_route(
                path, endpoint, methods=methods, response_class=HTMLResponse, response_model=None
            )
            return endpoint

        return register
