"""Requests, answers and retries without any input or output: plans, which a runner carries out.

A plan is a generator. It yields `Send` or `Pause`, is given back what came of it, and returns its
result. The same plan runs under `Client` (which blocks) and `AsyncClient` (which awaits).
"""

import json
import secrets
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

from sigma_sdk.problem import ArenaProblem

T = TypeVar("T")
ATTEMPTS_MAX = 5
_BACKOFF_FIRST_S = 0.25
_BACKOFF_MAX_S = 8.0
_RETRY_AFTER_MAX_S = 60.0
_BUSY = {429, 503}


@dataclass(frozen=True, slots=True)
class Request:
    """`path` starts with a slash; `query` is already in the order it is sent in."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None

    @property
    def target(self) -> str:
        """Path and query as they go on the line."""
        return self.path + ("?" + urlencode(self.query) if self.query else "")


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came: refused, reset, timed out. `error` is raised where no retry helps."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Send:
    request: Request


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Step: TypeAlias = Send | Pause
Outcome: TypeAlias = Answer | Lost | None
Plan: TypeAlias = Generator[Step, Outcome, T]


def fetch(path: str, /, **query: object) -> Plan[Any]:
    """GET as JSON. Query parameters that are None are left out. Raises ArenaProblem."""
    answer = yield from deliver(Request("GET", path, query_of(query)))
    return answer.json()


def change(method: str, path: str, body: object = None, *, intent: str | None = None) -> Plan[Any]:
    """A call that changes something. `intent` is the Idempotency-Key, minted here once when not given
    and kept across retries: however often the line drops, it happens once. Raises ArenaProblem."""
    data = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    key = intent or f"sdk-{secrets.token_urlsafe(18)}"
    answer = yield from deliver(Request(method, path, (), data, headers, key))
    return answer.json()


def deliver(request: Request) -> Plan[Answer]:
    """Sends until there is an answer worth having. Raises ArenaProblem, or what the line said last.

    Safe to repeat: reads change nothing, and whatever changes something carries an Idempotency-Key.
    """
    for attempt in range(1, ATTEMPTS_MAX + 1):
        outcome = yield Send(request)
        if outcome is None:
            raise TypeError("a runner answers Send with Answer or Lost")
        if isinstance(outcome, Answer):
            if outcome.status < 400:
                return outcome
            problem = ArenaProblem.from_answer(outcome.status, outcome.body)
            if attempt == ATTEMPTS_MAX or not _passing(outcome, problem):
                raise problem
            yield Pause(wait_s(attempt, outcome.headers.get("retry-after")))
        else:
            if attempt == ATTEMPTS_MAX or not _repeatable(request):
                raise outcome.error
            yield Pause(wait_s(attempt))
    raise AssertionError("unreachable")


def wait_s(attempt: int, retry_after: str | None = None) -> float:
    """How long to wait before the next attempt: what the arena asks for, else doubling from 0.25 s."""
    if retry_after is not None and retry_after.strip().isdigit():
        return min(float(retry_after), _RETRY_AFTER_MAX_S)
    return min(_BACKOFF_FIRST_S * 2.0 ** (attempt - 1), _BACKOFF_MAX_S)


def query_of(parameters: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Sorted by nothing: the order given. A trailing underscore frees a name (from_ is from)."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name.rstrip("_"), _text(each)) for each in values if each is not None]
    return tuple(pairs)


def _passing(answer: Answer, problem: ArenaProblem) -> bool:
    """Busy now, or the first call with this Idempotency-Key is still running: worth another try."""
    return answer.status in _BUSY or problem.code == "call_still_running"


def _repeatable(request: Request) -> bool:
    return request.method in {"GET", "HEAD"} or request.idempotency_key is not None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
