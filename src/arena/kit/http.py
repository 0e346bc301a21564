"""Calling others over HTTP: the one place that makes clients, each with named timeouts and a size limit.

Clients take no proxies from the environment, follow no redirects, and connect only where `guard` allows:
hosts the operator configured exactly, all others only over https, on the usual ports, and only if *every*
address their name leads to is public. The connection goes to the very address that was checked, so a name
that changes its answer in between gains nothing (DNS rebinding).
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx
import msgspec

from arena.kit.errors import Refused, Unavailable

PORTS = frozenset({443, 8443})
SCHEMES = {"https": 443, "wss": 443, "http": 80, "ws": 80}
# Not for us although Python's `is_global` may say otherwise: multicast, 6to4 relays, protocol assignments,
# NAT64 and tunnels that carry any IPv4 address, documentation, segment routing, site-local, discard.
DENIED: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4",
        "240.0.0.0/4", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
        "ff00::/8",
    )
)  # fmt: skip
Resolve = Callable[[str, int], Iterable[str]]


class AddressRefused(Refused):
    """Calls to {host} are refused: {why}."""


class CallFailed(Unavailable):
    """{host} did not answer as it should: {why}."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each part of a call may take, in seconds, and how large its answer may be, in bytes."""

    connect_s: float = 5
    read_s: float = 10
    total_s: float = 15
    answer_bytes_max: int = 4_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call may go: the host by name, and the addresses that were checked."""

    host: str
    port: int
    addresses: tuple[str, ...]


def is_public(address: str) -> bool:
    """Whether the address may be called: a unicast address of the public internet, and no disguise of another."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return (
        ip.is_global and not ip.is_multicast
        and not any(ip.version == net.version and ip in net for net in DENIED)
    )  # fmt: skip


def resolve(host: str, port: int) -> list[str]:
    """All addresses of the name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def guard(url: str, *, allow: Collection[str] = (), resolve: Resolve = resolve) -> Target:
    """Checks where the URL leads. `allow` holds URLs the operator configured: their host and port pass as
    they are. Blocks while the name is resolved. Raises AddressRefused; what cannot be told is refused.
    """
    allowed = guard_form(url, allow=allow)
    host, port = _place(url)
    addresses = _addresses(host, port, resolve)
    for address in () if allowed else addresses:
        if not is_public(address):
            raise AddressRefused(host=host, why=f"it leads to {address}, which is not public")
    return Target(host, port, addresses)


def guard_form(url: str, *, allow: Collection[str] = ()) -> bool:
    """The part of the guard that needs no look-up; whether the operator allowed the place by name.

    Raises AddressRefused.
    """
    host, port = _place(url)
    parts = httpx.URL(url)
    if parts.userinfo:
        raise AddressRefused(host=host, why="the URL carries a user or password")
    if (host, port) in {_place(one) for one in allow}:
        return True
    if parts.scheme not in ("https", "wss"):
        raise AddressRefused(host=host, why="only https is spoken with strangers")
    if port not in PORTS:
        raise AddressRefused(host=host, why=f"port {port} is not one of {sorted(PORTS)}")
    return False


def _place(url: str) -> tuple[str, int]:
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as broken:
        raise AddressRefused(host="?", why="the URL cannot be read") from broken
    if parts.scheme not in SCHEMES or not parts.host:
        raise AddressRefused(host=parts.host or "?", why="the URL has no host or no known scheme")
    return parts.host.lower().rstrip("."), parts.port or SCHEMES[parts.scheme]


def _addresses(host: str, port: int, resolve: Resolve) -> tuple[str, ...]:
    try:
        return (str(ip_address(host.strip("[]"))),)
    except ValueError:
        pass
    try:
        addresses = tuple(resolve(host, port))
    except (OSError, UnicodeError) as broken:
        raise AddressRefused(host=host, why=f"its name cannot be resolved ({broken})") from broken
    if not addresses:
        raise AddressRefused(host=host, why="its name has no address")
    return addresses


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only; TLS still names and verifies the host."""

    def __init__(self, allow: Collection[str]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allow = {_place(url) for url in allow}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface names it so
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        # What is spoken was checked with the request; here only the addresses count.
        shown = f"[{host}]" if ":" in host else host
        url = f"https://{shown}:{port}"
        allow = [url] if (host.lower().rstrip("."), port) in self._allow else []
        target = await asyncio.to_thread(guard, url, allow=allow)
        failure: Exception | None = None
        for address in target.addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address,
                    socket_options=socket_options,
                )  # fmt: skip
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failure = refused
        assert failure is not None, "a target has at least one address"
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@cache
def _certificates() -> ssl.SSLContext:
    """Whom TLS trusts, read once a process: reading it takes 25 ms, ten times what a call on loopback takes."""
    return httpx.create_ssl_context(trust_env=False)


def make_client(
    *, base_url: str = "", allow: Collection[str] = (), limits: Limits | None = None
) -> httpx.AsyncClient:
    """A client that is held to the guard; close it when done. `base_url` itself is not allowed by that."""
    limits = limits or Limits()
    transport = httpx.AsyncHTTPTransport(verify=_certificates(), trust_env=False)
    transport._pool = httpcore.AsyncConnectionPool(  # httpx has no seam for a network backend of one's own
        ssl_context=_certificates(), max_connections=20,
        max_keepalive_connections=10, keepalive_expiry=30, network_backend=_Guarded(allow),
    )  # fmt: skip

    async def check(request: httpx.Request) -> None:
        guard_form(str(request.url), allow=allow)

    return httpx.AsyncClient(
        event_hooks={"request": [check]}, base_url=base_url, transport=transport,
        trust_env=False, follow_redirects=False,
        timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s, pool=limits.connect_s),
        headers={"User-Agent": "sigma-arena"},
    )  # fmt: skip


async def fetch(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    limits: Limits | None = None,
    **request: Any,
) -> httpx.Response:
    """The whole answer, read within the limits. Raises CallFailed (too slow, too large, broken), AddressRefused.

    An answer of any status is an answer; the caller judges it.
    """
    limits = limits or Limits()
    host = httpx.URL(url).host or client.base_url.host
    try:
        async with (
            asyncio.timeout(limits.total_s),
            client.stream(method, url, **request) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limits.answer_bytes_max:
                    raise CallFailed(
                        host=host, why=f"its answer is over {limits.answer_bytes_max} bytes"
                    )
    except TimeoutError as slow:
        raise CallFailed(host=host, why=f"no answer within {limits.total_s} s") from slow
    except httpx.HTTPError as broken:
        raise CallFailed(host=host, why=f"{type(broken).__name__} {broken}".strip()) from broken
    headers = [(k, v) for k, v in response.headers.multi_items() if k != "content-encoding"]
    return httpx.Response(
        response.status_code, headers=headers, content=bytes(body), request=response.request
    )


async def fetch_json(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    limits: Limits | None = None,
    **request: Any,
) -> Any:
    """The JSON of a 2xx answer. Raises CallFailed, AddressRefused."""
    response = await fetch(client, method, url, limits=limits, **request)
    host = response.request.url.host
    if not response.is_success:
        raise CallFailed(host=host, why=f"status {response.status_code}: {response.text[:200]}")
    try:
        return msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise CallFailed(host=host, why=f"its answer is not JSON ({broken})") from broken
