"""The clients: `Client` blocks, `AsyncClient` awaits. Both carry out the same plans."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx
import websockets
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect as connect_sync

from sigma_sdk.credentials import ApiKey, Credentials, Nobody
from sigma_sdk.etags import EtagCache
from sigma_sdk.exchange import Answer, Lost, Outcome, Pause, Plan, Request, Send
from sigma_sdk.http_signature import Unsigned
from sigma_sdk.operation import Turn
from sigma_sdk.operations import Operations
from sigma_sdk.problem import ArenaProblem, ArenaUnreachable
from sigma_sdk.signal import Delivered
from sigma_sdk.streaming import Notice, Reconnect, Subscription, knock

T = TypeVar("T")
DEFAULT_ORIGIN = "http://127.0.0.1:8000"
_TIMEOUTS = httpx.Timeout(30.0, connect=5.0)
_MESSAGE_BYTES_MAX = 4 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class _Line:
    """What both clients know: where the arena is, who is calling, what was fetched before."""

    def __init__(
        self,
        origin: str = DEFAULT_ORIGIN,
        credentials: Credentials | str | None = None,
        *,
        knock_once: bool = False,
    ) -> None:
        """`credentials` may be an API key as it is. With `knock_once` a refused connection is an
        error at once, where otherwise it is tried again for some seconds."""
        self.origin = origin.rstrip("/")
        self.credentials: Credentials = (
            ApiKey(credentials) if isinstance(credentials, str) else credentials or Nobody()
        )
        self.etags = EtagCache()
        self._knock_once = knock_once
        self._proxies = urlsplit(self.origin).hostname not in _LOOPBACK

    def _outgoing(self, request: Request) -> httpx.Request:
        unsigned = Unsigned(
            request.method, self.origin + request.target, request.body, request.idempotency_key
        )
        headers = {
            "Accept": "application/json",
            "Sec-Fetch-Site": "none",
            **request.headers,
            **self.credentials.headers(unsigned),
        }
        if request.idempotency_key is not None:
            headers["Idempotency-Key"] = request.idempotency_key
        return httpx.Request(
            request.method, unsigned.target, headers=headers, content=request.body or None
        )

    def _upgrade_headers(self, subscription: Subscription) -> dict[str, str]:
        return self.credentials.headers(Unsigned("GET", self.origin + subscription.path))

    def _stream_url(self, subscription: Subscription) -> str:
        return "ws" + self.origin.removeprefix("http") + subscription.path

    def _lost(self, error: Exception) -> Lost:
        unreachable = ArenaUnreachable(self.origin, str(error) or type(error).__name__)
        if self._knock_once and isinstance(error, httpx.ConnectError):
            raise unreachable from error
        return Lost(unreachable)


class Client(_Line, Operations):
    """Talks to the arena and waits for the answer. Use it in a `with` block, or `close` it."""

    def __init__(
        self,
        origin: str = DEFAULT_ORIGIN,
        credentials: Credentials | str | None = None,
        *,
        knock_once: bool = False,
    ) -> None:
        super().__init__(origin, credentials, knock_once=knock_once)
        self._http = httpx.Client(timeout=_TIMEOUTS, trust_env=self._proxies)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def run(self, plan: Plan[T]) -> T:
        """Carries out a plan."""
        outcome: Outcome = None
        while True:
            try:
                step = plan.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Pause):
                time.sleep(_with_jitter(step.seconds))
                outcome = None
            else:
                outcome = self._transmit(step)

    def run_pages(self, turn: Turn[T]) -> Iterator[T]:
        """All items of all pages; the next page is fetched when it is needed."""
        cursor = None
        while True:
            page = self.run(turn(cursor))
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def stream(
        self, model_id: str, *, after: int | None = 0, notice: Notice | None = None
    ) -> Iterator[Delivered]:
        """Signals as they come, each once and in sequence, across lost connections. `after=None` leaves
        out what was published before. Raises EntitlementEnded, StreamEnded, SequenceGap, ArenaProblem."""
        at = Subscription(model_id, self.origin, after, notice or (lambda _text: None))
        if isinstance(self.credentials, Nobody):
            self.run(knock(model_id))
        while True:
            code: int | None = None
            try:
                with connect_sync(
                    self._stream_url(at),
                    additional_headers=self._upgrade_headers(at),
                    max_size=_MESSAGE_BYTES_MAX,
                    open_timeout=10,
                    close_timeout=1,
                    proxy=True if self._proxies else None,
                ) as socket:
                    at.opened()
                    while True:
                        yield from at.received(socket.recv(timeout=at.silence_max_s))
            except websockets.ConnectionClosed as closed:
                code, reason = _why_closed(closed)
            except websockets.InvalidStatus as refused:
                reason = _refused(refused)
            except (OSError, TimeoutError, websockets.InvalidHandshake, Reconnect) as broken:
                reason = str(broken) or "the arena went silent"
            time.sleep(_with_jitter(at.lost(code, reason)))

    def _transmit(self, step: Send) -> Outcome:
        try:
            request = self._outgoing(step.request)
            self._http.cookies.set_cookie_header(request)
            answer = self._http.send(request)
        except httpx.TransportError as error:
            return self._lost(error)
        return _answer(answer)


class AsyncClient(_Line, Operations):
    """Talks to the arena and is awaited. Use it in an `async with` block, or `aclose` it."""

    def __init__(
        self,
        origin: str = DEFAULT_ORIGIN,
        credentials: Credentials | str | None = None,
        *,
        knock_once: bool = False,
    ) -> None:
        super().__init__(origin, credentials, knock_once=knock_once)
        self._http = httpx.AsyncClient(timeout=_TIMEOUTS, trust_env=self._proxies)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def arun(self, plan: Plan[T]) -> T:
        """Carries out a plan."""
        outcome: Outcome = None
        while True:
            try:
                step = plan.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Pause):
                await asyncio.sleep(_with_jitter(step.seconds))
                outcome = None
            else:
                outcome = await self._transmit(step)

    async def arun_pages(self, turn: Turn[T]) -> AsyncIterator[T]:
        """All items of all pages; the next page is fetched when it is needed."""
        cursor = None
        while True:
            page = await self.arun(turn(cursor))
            for item in page.items:
                yield item
            if page.next is None:
                return
            cursor = page.next

    async def stream(
        self, model_id: str, *, after: int | None = 0, notice: Notice | None = None
    ) -> AsyncGenerator[Delivered, None]:
        """Signals as they come, each once and in sequence, across lost connections. `after=None` leaves
        out what was published before. Raises EntitlementEnded, StreamEnded, SequenceGap, ArenaProblem."""
        at = Subscription(model_id, self.origin, after, notice or (lambda _text: None))
        if isinstance(self.credentials, Nobody):
            await self.arun(knock(model_id))
        while True:
            code: int | None = None
            try:
                async with connect_async(
                    self._stream_url(at),
                    additional_headers=self._upgrade_headers(at),
                    max_size=_MESSAGE_BYTES_MAX,
                    open_timeout=10,
                    close_timeout=1,
                    proxy=True if self._proxies else None,
                ) as socket:
                    at.opened()
                    while True:
                        async with asyncio.timeout(at.silence_max_s):
                            message = await socket.recv()
                        for signal in at.received(message):
                            yield signal
            except websockets.ConnectionClosed as closed:
                code, reason = _why_closed(closed)
            except websockets.InvalidStatus as refused:
                reason = _refused(refused)
            except (OSError, TimeoutError, websockets.InvalidHandshake, Reconnect) as broken:
                reason = str(broken) or "the arena went silent"
            await asyncio.sleep(_with_jitter(at.lost(code, reason)))

    async def _transmit(self, step: Send) -> Outcome:
        try:
            request = self._outgoing(step.request)
            self._http.cookies.set_cookie_header(request)
            answer = await self._http.send(request)
        except httpx.TransportError as error:
            return self._lost(error)
        return _answer(answer)


def _answer(answer: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status_code, headers, answer.content)


def _with_jitter(seconds: float) -> float:
    """Up to a quarter more, so that callers cut off together do not come back together."""
    return seconds * (1 + secrets.randbelow(250) / 1000)


def _why_closed(closed: websockets.ConnectionClosed) -> tuple[int | None, str]:
    if closed.rcvd is None:
        return None, "the line broke"
    return closed.rcvd.code, closed.rcvd.reason


def _refused(refused: websockets.InvalidStatus) -> str:
    """Raises what the arena answered instead of a stream, unless it was only busy."""
    answer = refused.response
    if answer.status_code in (429, 502, 503, 504):
        return f"HTTP status {answer.status_code}"
    body = b""
    with suppress(AttributeError):
        body = bytes(answer.body or b"")
    raise ArenaProblem.from_answer(answer.status_code, body) from refused
