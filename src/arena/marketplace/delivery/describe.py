"""GET /signals in OpenAPI's words; the stream, which OpenAPI has no words for, is told of beside it."""

from typing import Any

from arena.kit.page import LIMIT_MAX
from arena.kit.problems import MEDIA_TYPE
from arena.marketplace.delivery.model import LIMIT_DEFAULT

_STREAM = """
The newest signals as they come: WebSocket `/stream?model_id=…&after=<sequence>` with the same model ids
(repeat `model_id` for several). Prove who you are by the Authorization header, a signed handshake, or the
first message `{"type": "auth", "key": "ak_…"}` within 5 s. Messages: `hello`, `signal` (fields as here, plus
`feed`), for Basic `digest` (`day`, `data`), `caught_up`, `heartbeat`, `pong`, `ended` (the entitlement to one
of the feeds), `error`. Close codes: 4400 bad
ask, 4401 unauthenticated, 4403 not entitled (any more), 4404 no such model, 4408 slow reader, 4429 too many,
1001 the arena is stopping.
"""
_ABOUT = (
    """
The signals of a model that you are entitled to, in sequence. Pro and Enterprise get every signal at once;
Basic gets the signals of past UTC days (product time) without rationale, free followers each signal as late as the
listing's free tier says, without it too. Such an item has no `salt`, and its `signature` can be checked only once
the rationale is public; `hash` and `log_index` bind it meanwhile.
Send the `ETag` back as `If-None-Match` and an unchanged page costs a 304.
"""
    + _STREAM
)
_TEXT = {"type": "string"}
_ITEM: dict[str, Any] = {
    "type": "object",
    "required": [
        "sequence", "id", "issued_at", "received_at", "signal", "signature", "hash", "salt", "log_index",
    ],
    "properties": {
        "sequence": {"type": "integer", "description": "Position in the feed, from 1 without gaps"},
        "id": {**_TEXT, "examples": ["sig_0123456789abcdefghjkmnpqrs"]},
        "issued_at": {**_TEXT, "format": "date-time"},
        "received_at": {**_TEXT, "format": "date-time", "description": "Product time of arrival"},
        "signal": {
            "type": "object",
            "description": "As signed, by GET /schemas/signal-v1.json; Basic: rationale null",
        },
        "signature": {**_TEXT, "description": "Ed25519 over the RFC 8785 form of `signal`, base64"},
        "hash": {**_TEXT, "description": "SHA-256 of that form, hex"},
        "salt": {
            "type": ["string", "null"],
            "description": "Opens the log's commitment, hex; Basic: null",
        },
        "log_index": {"type": "integer", "description": "Place in the transparency log"},
    },
}  # fmt: skip
_PAGE = {
    "type": "object",
    "required": ["data", "has_more", "next"],
    "properties": {
        "data": {"type": "array", "items": _ITEM},
        "has_more": {"type": "boolean"},
        "next": {"type": ["string", "null"], "description": "Pass as `after` for the next page"},
    },
}
_HEADERS = {
    "ETag": {"schema": _TEXT},
    "RateLimit": {"schema": _TEXT},
    "RateLimit-Policy": {"schema": _TEXT},
}
_REFUSALS = {
    "400": "The cursor is not one of ours",
    "401": "The key or signature does not hold",
    "402": "These signals are for subscribers; `listing_id` and `listing_url` say where to subscribe",
    "403": "The key may not read signals, or the feed is not on offer",
    "404": "There is no such feed or listing",
    "422": "The query is not understood",
    "429": "Too many calls in this minute; see Retry-After",
    "503": "Not available right now; see Retry-After",
}


def openapi_paths() -> dict[str, Any]:
    """What to merge into the document's `paths`."""
    refusals = {
        status: {"description": words, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
        for status, words in _REFUSALS.items()
    }
    return {
        "/signals": {
            "get": {
                "tags": ["delivery"],
                "summary": "Pull signals",
                "description": _ABOUT.strip(),
                "operationId": "pull_signals",
                "parameters": _parameters(),
                "responses": {
                    "200": {
                        "description": "A page",
                        "headers": _HEADERS,
                        "content": {"application/json": {"schema": _PAGE}},
                    },
                    "304": {"description": "The page is still the one whose ETag you sent"},
                    **refusals,
                },
            }
        }
    }


def _parameters() -> list[dict[str, Any]]:
    return [
        {
            "name": "model_id", "in": "query", "required": True,
            "description": "A feed's or a listing's id",
            "schema": {**_TEXT, "pattern": "^(fd|lst)_[0-9a-z]{1,60}$"},
            "examples": {"listing": {"value": "lst_0123456789abcdefghjkmnpqrs"}},
        },
        {
            "name": "after", "in": "query", "required": False,
            "description": "Only signals after this sequence, or after the cursor `next`",
            "schema": {**_TEXT, "maxLength": 100}, "examples": {"sequence": {"value": "41"}},
        },
        {
            "name": "limit", "in": "query", "required": False,
            "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        },
        {
            "name": "If-None-Match", "in": "header", "required": False,
            "description": "The ETag of the page you have", "schema": _TEXT,
        },
    ]  # fmt: skip
