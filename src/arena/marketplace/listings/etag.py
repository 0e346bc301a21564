"""Answers that a caller may keep: an ETag of the content, and 304 to who has it already (RFC 9110, 13.1.2)."""

from fastapi import Request, Response
from pydantic import BaseModel

from arena.kit.canonical import sha256_hex


def answer(request: Request, body: BaseModel) -> Response:
    """The body as JSON with its ETag; 304 without a body where If-None-Match names it.

    What is answered depends on who asks, so shared caches are told to keep out.
    """
    content = body.model_dump_json().encode()
    tag = f'"{sha256_hex(content)[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    known = {
        t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")
    }
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
