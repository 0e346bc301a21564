"""RFC 9457: one table turns errors into `application/problem+json` answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from arena.kit.errors import ArenaError, Unavailable

MEDIA_TYPE = "application/problem+json"
_CODES = {401: "unauthenticated", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem(error: ArenaError, request: Request) -> Response:
    """The answer an error becomes: type, title, status, detail, code, request_id and the error's facts."""
    given = error.facts.get("headers")
    headers = dict(given) if isinstance(given, Mapping) else {}
    if isinstance(error, Unavailable):
        headers.setdefault(
            "Retry-After", str(error.facts.get("retry_after_s", error.retry_after_s))
        )
    if error.status == 401:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="arena"')
    facts = {name: _plain(fact) for name, fact in error.facts.items() if name != "headers"}
    what = _Problem(error.status, error.code(), error.title, error.detail, facts)
    return what.answer(request, headers)


def install(app: FastAPI) -> None:
    """Makes every error of the app an RFC 9457 answer; what nobody foresaw becomes a 500 without details."""

    @app.exception_handler(ArenaError)
    async def _ours(request: Request, error: ArenaError) -> Response:
        return problem(error, request)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        errors = [
            {"pointer": "/" + "/".join(map(str, e["loc"])), "detail": e["msg"]} for e in found
        ]
        if any(e["type"] == "json_invalid" for e in found):
            what = _Problem(
                400, "malformed", "Refused", "The body is not JSON.", {"errors": errors}
            )
        else:
            words = "Some fields are missing or wrong: see `errors`."
            what = _Problem(422, "invalid", "Refused", words, {"errors": errors})
        return what.answer(request)

    @app.exception_handler(HTTPException)
    async def _starlette(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "http_error")
        detail = f"{error.detail}: {request.method} {request.url.path}"
        what = _Problem(error.status_code, code, str(error.detail), detail)
        return what.answer(request, error.headers)

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, _error: Exception) -> Response:
        words = (
            "Something broke here, and was written to the log. Tell the operator the request_id."
        )
        return _Problem(500, "internal", "Internal error", words).answer(request)


@dataclass(frozen=True, slots=True)
class _Problem:
    status: int
    code: str
    title: str
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, request: Request, headers: Mapping[str, str] | None = None) -> Response:
        body = {
            **self.facts, "type": f"/docs/problems#{self.code}", "title": self.title, "status": self.status,
            "detail": self.detail, "code": self.code,
            "request_id": getattr(request.state, "request_id", None),
        }  # fmt: skip
        return Response(msgspec.json.encode(body), self.status, headers, MEDIA_TYPE)


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return msgspec.to_builtins(value, enc_hook=str)
