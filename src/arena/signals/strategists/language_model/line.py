"""The line to the Messages API: the official client, on the guarded HTTP client of the kit.

The client speaks through an HTTP library of its own; this transport hands each of its requests to ours, so that the
rules for outward calls (checked addresses, no proxies, no redirects, bounded answers) hold here as everywhere.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import httpx2
from anthropic import AsyncAnthropic

from arena.kit.http import AddressRefused, Limits, make_client

ANSWER_BYTES_MAX = 4_000_000
SILENT_S = 600  # between two pieces of an answer; the time for all of it is the configuration's
_HOP = {"host", "content-length", "connection", "transfer-encoding"}


class NotReached(httpx2.ConnectError):
    """No connection was made, so nothing was asked and nothing is owed."""


@asynccontextmanager
async def open_line(url: str, key: str) -> AsyncIterator[AsyncAnthropic]:
    """A client of the API at `url`, which the operator chose. It tries once; whoever asks counts the tries."""
    ours = make_client(allow=[url], limits=Limits(read_s=SILENT_S))
    async with ours, httpx2.AsyncClient(transport=_Guarded(ours), trust_env=False) as line:
        yield AsyncAnthropic(
            api_key=key, base_url=url, max_retries=0, timeout=None, http_client=line,
            open_telemetry=False,
        )  # fmt: skip


class _Guarded(httpx2.AsyncBaseTransport):
    def __init__(self, ours: httpx.AsyncClient) -> None:
        self._ours = ours

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = [(k, v) for k, v in request.headers.multi_items() if k.lower() not in _HOP]
        sent = self._ours.build_request(
            request.method, str(request.url), headers=headers, content=await request.aread()
        )
        try:
            response = await self._ours.send(sent, stream=True)
        except (AddressRefused, httpx.ConnectError, httpx.ConnectTimeout) as refused:
            raise NotReached(str(refused), request=request) from refused
        except httpx.HTTPError as broken:
            raise httpx2.ReadError(
                f"{type(broken).__name__} {broken}".strip(), request=request
            ) from broken
        return httpx2.Response(
            response.status_code, headers=response.headers.multi_items(), stream=_Body(response, request),
            request=request,
        )  # fmt: skip


class _Body(httpx2.AsyncByteStream):
    """The bytes of an answer as they come, at most so many."""

    def __init__(self, response: httpx.Response, request: httpx2.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for piece in self._response.aiter_raw():
                size += len(piece)
                if size > ANSWER_BYTES_MAX:
                    raise httpx2.ReadError("the answer is too long", request=self._request)
                yield piece
        except httpx.HTTPError as broken:
            raise httpx2.ReadError(
                f"{type(broken).__name__} {broken}".strip(), request=self._request
            ) from broken

    async def aclose(self) -> None:
        await self._response.aclose()
