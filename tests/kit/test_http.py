"""Outward calls: nothing but public addresses, none followed elsewhere, nothing endless read."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from arena.kit.http import (
    AddressRefused,
    CallFailed,
    Limits,
    fetch,
    fetch_json,
    guard,
    is_public,
    make_client,
)

_PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
224.0.1.1 232.1.2.3 239.255.255.255 240.0.0.1 250.1.2.3 255.255.255.255
:: ::1 ::7f00:1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:169.254.169.254
64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 3fff:fff::1 5f00::1
fc00::1 fd12:3456:789a::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 feff::1 ff02::1 ff0e::1 ff05::2
"""
_PUBLIC = """
1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.1.0.1 192.167.1.1
198.17.1.1 198.20.0.1 223.255.255.254 2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001::1 2400:cb00::1
"""
PRIVATE, PUBLIC = _PRIVATE.split(), _PUBLIC.split()


def test_the_table_has_sixty_addresses_and_more() -> None:
    assert len(set(PRIVATE + PUBLIC)) >= 60


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        guard("https://hooks.example.com/x", resolve=lambda _host, _port: [address])
    with pytest.raises(AddressRefused):  # one good answer does not wash a bad one clean
        guard("https://hooks.example.com/x", resolve=lambda _host, _port: ["8.8.8.8", address])


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    target = guard("https://hooks.example.com/x", resolve=lambda _host, _port: [address])
    assert (target.host, target.port, target.addresses) == ("hooks.example.com", 443, (address,))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com",
        "example.com", "", "https://", "https://user:word@example.com/", "https://user@example.com/",
        "https://example.com:22/", "https://example.com:80/", "https://example.com:6379/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0x7f000001/",
        "https://2130706433/", "https://127.1/", "https://0177.0.0.1/", "https://localhost/",
        "https://exa mple.com/", "https://example.com:99999/", "wss://10.0.0.1/stream",
    ],
)  # fmt: skip
def test_odd_urls_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        guard(url)


def test_a_name_that_cannot_be_resolved_is_refused() -> None:
    def broken(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(AddressRefused, match="resolved"):
        guard("https://nowhere.invalid/", resolve=broken)
    with pytest.raises(AddressRefused, match="no address"):
        guard("https://nowhere.invalid/", resolve=lambda _host, _port: [])


def test_hosts_of_the_operator_pass_exactly() -> None:
    allow = ["http://127.0.0.1:8099/base"]
    assert guard("http://127.0.0.1:8099/other", allow=allow).port == 8099
    for near in ("http://127.0.0.1:8098/", "http://127.0.0.2:8099/", "http://localhost:8099/"):
        with pytest.raises(AddressRefused):
            guard(near, allow=allow)
    with pytest.raises(AddressRefused):
        guard("http://user@127.0.0.1:8099/", allow=allow)


class Odd(BaseHTTPRequestHandler):
    """Answers in the ways a stranger may."""

    def do_GET(self) -> None:
        if self.path == "/json":
            self._answer(200, b'{"a": 1}')
        elif self.path == "/large":
            self._answer(200, b"x" * 50_000)
        elif self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/slow":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.server.released.wait(5)  # type: ignore[attr-defined]  # set by the fixture
        else:
            self._answer(500, b"broken")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        return


@pytest.fixture
def stranger() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.released = threading.Event()  # type: ignore[attr-defined]  # read by the handler
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()  # type: ignore[attr-defined]  # read by the handler
    server.shutdown()
    server.server_close()


async def test_a_client_reads_what_it_may(stranger: str) -> None:
    async with make_client(allow=[stranger]) as client:
        assert await fetch_json(client, "GET", f"{stranger}/json") == {"a": 1}


async def test_a_client_connects_nowhere_else(stranger: str) -> None:
    async with make_client() as client:
        with pytest.raises(AddressRefused):
            await fetch(client, "GET", f"{stranger}/json")
        with pytest.raises(AddressRefused):
            await fetch(client, "GET", stranger.replace("http:", "https:"))


async def test_a_redirect_is_an_answer_and_not_followed(stranger: str) -> None:
    async with make_client(allow=[stranger]) as client:
        assert (await fetch(client, "GET", f"{stranger}/redirect")).status_code == 302


async def test_too_much_is_not_read(stranger: str) -> None:
    async with make_client(allow=[stranger]) as client:
        with pytest.raises(CallFailed, match="over 1000 bytes"):
            await fetch(client, "GET", f"{stranger}/large", limits=Limits(answer_bytes_max=1000))


async def test_a_slow_answer_is_given_up(stranger: str) -> None:
    async with make_client(allow=[stranger]) as client:
        with pytest.raises(CallFailed, match=r"within 0\.3 s"):
            await fetch(client, "GET", f"{stranger}/slow", limits=Limits(total_s=0.3))


async def test_a_failure_names_its_status(stranger: str) -> None:
    async with make_client(allow=[stranger]) as client:
        with pytest.raises(CallFailed, match="status 500"):
            await fetch_json(client, "GET", f"{stranger}/nothing")
        with pytest.raises(CallFailed, match="not JSON"):
            await fetch_json(client, "GET", f"{stranger}/large")


async def test_a_name_is_called_at_the_very_address_that_was_checked(
    stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers with a public address first and a private one later (DNS rebinding)."""
    answers: Iterator[list[str]] = iter([["127.0.0.1"]])
    asked: list[str] = []

    def once(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    _rebind(monkeypatch, once)
    async with make_client() as client:
        with pytest.raises(AddressRefused, match=r"127\.0\.0\.1, which is not public"):
            await fetch(client, "GET", "https://rebinding.example.com/")
    assert asked == ["rebinding.example.com"]


def _rebind(patch: pytest.MonkeyPatch, resolver: Callable[[str, int], list[str]]) -> None:
    """Stands in for the name server, which tests may not reach."""

    def getaddrinfo(
        host: str, port: int, *_rest: object, **_more: object
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in resolver(host, port)
        ]

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
