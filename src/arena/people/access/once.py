"""Once and only once: the answer to a changing call is kept with the change and given again on repeat.

draft-ietf-httpapi-idempotency-key-header-07. The scope is caller, method and route; a key stays at
least 48 hours. What is kept is sealed, because some answers carry secrets.
"""

import json
from collections.abc import Awaitable, Callable

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from arena.kit.canonical import sha256_hex
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError, Conflict, Refused, Unauthenticated
from arena.kit.problems import problem
from arena.kit.vault import Vault

KEY_LENGTH_MAX = 255
# Those that say nothing of the moment: a page that is given again keeps its rules, a sign-up all its cookies.
HEADERS_KEPT = frozenset(
    {
        "cache-control", "content-encoding", "content-security-policy", "content-type",
        "cross-origin-opener-policy", "etag", "location", "permissions-policy", "referrer-policy",
        "set-cookie", "strict-transport-security", "vary", "x-content-type-options",
    }
)  # fmt: skip
# The status of a call that conducts its own transactions: its verb knows how far it came.
RUNNING = 0
Inner = Callable[[Request], Awaitable[Response]]
Refuse = Callable[[ArenaError, Request], Response]


class IdempotencyKeyMissing(Refused):
    """Send an Idempotency-Key header (any unique ASCII string up to 255 characters) with every call that
    changes something; repeat the same key when you retry."""

    status = 400


class IdempotencyKeyReused(Refused):
    """This Idempotency-Key was used before with another request; use a new key for a new intent."""


class CallStillRunning(Conflict):
    """The first call with this Idempotency-Key is still running; ask again in a second."""


class Intent:
    """One Idempotency-Key of one caller on one route, and the digest of what it was sent with."""

    __slots__ = ("body_sha", "digest", "key", "scope")

    def __init__(
        self, request: Request, body: bytes, *, vault: Vault, scope: str, key: str | None = None
    ) -> None:
        """`scope` names caller and route; `key` is the header's unless given. Raises IdempotencyKeyMissing."""
        self.key = request.headers.get("idempotency-key", "") if key is None else key
        if not (
            0 < len(self.key) <= KEY_LENGTH_MAX and self.key.isascii() and self.key.isprintable()
        ):
            raise IdempotencyKeyMissing
        self.scope = scope
        self.digest = sha256_hex(f"{self.scope}:{self.key}".encode())
        target = f"{request.url.path}?{request.url.query}\n".encode()
        # Keyed, because bodies hold passwords and card numbers: a bare SHA-256 could be guessed at.
        self.body_sha = vault.digest("idempotency-body", target + body)


async def answer_once(
    tx: Tx,
    vault: Vault,
    intent: Intent,
    *,
    request: Request,
    inner: Inner,
    refuse: Refuse | None = problem,
) -> Response:
    """Runs the endpoint in `tx`, or gives the answer it gave before. A refusal is an answer too, made by
    `refuse`; without it refusals are raised and none is kept, for people who mend a form and send it again.

    Where the transaction rolls back, so does the kept answer, and the key is free again. Raises
    CallStillRunning, IdempotencyKeyReused, and whatever is no answer to keep: 401, 429 and faults.
    """
    if not await tx.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1, 0))", intent.digest
    ):
        raise CallStillRunning(headers={"Retry-After": "1"})
    kept = await tx.fetchrow(
        "select body_sha, status, answer from idempotency where scope = $1 and key = $2",
        intent.scope,
        intent.key,
    )
    if kept is not None:
        if kept["body_sha"] != intent.body_sha:
            raise IdempotencyKeyReused
        return _again(kept["status"], vault.open(kept["answer"], "idempotency"))
    try:
        async with tx.savepoint():
            response = await inner(request)
    except ArenaError as refused:
        passing = isinstance(refused, Unauthenticated) or refused.status == 429
        if refuse is None or passing or refused.status >= 500:
            raise
        response = refuse(refused, request)
    if refuse is None and response.status_code >= 400:
        return response
    headers = [pair for pair in response.headers.items() if pair[0].lower() in HEADERS_KEPT]
    await tx.execute(
        "insert into idempotency (scope, key, body_sha, status, answer) values ($1, $2, $3, $4, $5)",
        intent.scope, intent.key, intent.body_sha, response.status_code,
        vault.seal(json.dumps(headers).encode() + b"\n" + bytes(response.body), "idempotency"),
    )  # fmt: skip
    return response


def _again(status: int, answer: bytes) -> Response:
    """An answer as it was given: its headers as JSON, a line break, its body."""
    kept, _, body = answer.partition(b"\n")
    pairs = json.loads(kept)
    response = Response(body or None, status, {"Idempotency-Replayed": "true"})
    # An earlier version kept an object instead of pairs, and may have done so an hour ago.
    for name, value in pairs.items() if isinstance(pairs, dict) else pairs:
        if name.lower() == "set-cookie":
            response.headers.append(name, value)
        else:
            response.headers[name] = value
    return response


async def conduct_once(
    db: Database, vault: Vault, intent: Intent, *, request: Request, inner: Inner
) -> Response:
    """Runs an endpoint that conducts its own transactions and is idempotent by the intent's digest.

    A repeat runs it again, so that it can finish what a crash left open; another request under the
    same key is refused. Raises IdempotencyKeyReused.
    """
    async with db.transaction() as tx:
        claimed = await tx.execute(
            "insert into idempotency (scope, key, body_sha, status, answer) values ($1, $2, $3, $4, $5)"
            " on conflict do nothing",
            intent.scope, intent.key, intent.body_sha, RUNNING, vault.seal(b"", "idempotency"),
        )  # fmt: skip
        if not claimed and intent.body_sha != await tx.fetchval(
            "select body_sha from idempotency where scope = $1 and key = $2",
            intent.scope,
            intent.key,
        ):
            raise IdempotencyKeyReused
    try:
        return await inner(request)
    except RequestValidationError:
        # Nothing was begun; the caller mends the body and may keep the key.
        if claimed:
            async with db.transaction() as tx:
                await tx.execute(
                    "delete from idempotency where scope = $1 and key = $2",
                    intent.scope,
                    intent.key,
                )
        raise
