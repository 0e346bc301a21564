"""RFC 9457: one table turns errors into `application/problem+json` answers."""

from collections.abc import Mapping
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
    facts = {k: _plain(v) for k, v in error.facts.items() if k != "headers"}
    return _answer(request, error.status, error.code(), error.title, error.detail, facts, headers)


def install(app: FastAPI) -> None:
    """Makes every error of the app an RFC 9457 answer."""

    @app.exception_handler(ArenaError)
    async def _ours(request: Request, error: ArenaError) -> Response:
        return problem(error, request)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"pointer": "/" + "/".join(str(p) for p in e["loc"]), "detail": e["msg"]}
            for e in error.errors()
        ]
        malformed = any(e["type"] == "json_invalid" for e in error.errors())
        detail = (
            "The body is not JSON."
            if malformed
            else "Some fields are missing or wrong: see `errors`."
        )
        return _answer(request, 400 if malformed else 422, "malformed" if malformed else "invalid",
                       "Refused", detail, {"errors": errors}, {})  # fmt: skip

    @app.exception_handler(HTTPException)
    async def _starlette(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "http_error")
        detail = f"{error.detail}: {request.method} {request.url.path}"
        headers = dict(error.headers or {})
        return _answer(request, error.status_code, code, str(error.detail), detail, {}, headers)


def _answer(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    facts: Mapping[str, Any],
    headers: dict[str, str],
) -> Response:
    body = {
        **facts, "type": f"/docs/problems#{code}", "title": title, "status": status, "detail": detail,
        "code": code, "request_id": getattr(request.state, "request_id", None),
    }  # fmt: skip
    return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return msgspec.to_builtins(value, enc_hook=str)
