"""The line from the Lab to an arena: calls signed with a collective's key, each done once however often it drops."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import httpx
import typer

from arena.cli.trouble import Trouble
from arena.kit import ids
from arena.kit.clock import wall_now
from arena.kit.http import CallFailed, Limits, fetch, make_client
from arena.kit.signing import SigningKey, to_base64
from arena.people.identity import key_id_of

ATTEMPTS_MAX = 6
WAIT_FIRST_S, WAIT_MAX_S, RETRY_AFTER_MAX_S = 0.25, 15.0, 60.0
_LIMITS = Limits(read_s=60, total_s=90, answer_bytes_max=16_000_000)
Arena = Annotated[
    str,
    typer.Option("--arena", envvar="SIGMA_URL", help="Address of the arena, as it names itself."),
]
Key = Annotated[
    Path, typer.Option("--key", help="The collective's secret key, as `sigma keygen` wrote it.")
]
Json = dict[str, Any]


class Refusal(Trouble):
    """What the arena answered instead of doing it; `code` is the name of its error."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        lines = [
            f"the arena refused it ({status}): {problem.get('detail') or problem.get('title', '')}"
        ]
        lines += [
            f"  {fault.get('pointer', '')}: {fault.get('detail', '')}"
            for fault in problem.get("errors") or ()
        ]
        if status == 401:
            lines.append(
                "  Is the key registered (sigma register NAME --key FILE), and is --arena the address that the arena"
                " goes by (ARENA_PUBLIC_ORIGIN)?"
            )
        super().__init__("\n".join(lines))


class Line:
    """Who calls, and where. With `patient` a lost line is tried for ever, else some seconds."""

    def __init__(self, client: httpx.AsyncClient, origin: str, key: SigningKey) -> None:
        self.origin = origin
        self.key = key
        self.patient: Callable[[str], None] | None = None
        self._client = client

    async def get(self, path: str, **query: object) -> Any:
        """A read; parameters that are None are left out. Raises Refusal, Trouble."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return await self._call("GET", path + ("?" + urlencode(given) if given else ""), b"", None)

    async def post(self, path: str, body: Json, *, intent: str | None = None) -> Any:
        """A change; the same `intent` again is the same change, done once. Raises Refusal, Trouble."""
        return await self.send("POST", path, body, intent=intent)

    async def send(
        self,
        method: str,
        path: str,
        body: Json,
        *,
        intent: str | None = None,
        attempts: int = ATTEMPTS_MAX,
    ) -> Any:
        """The same by another method, tried so often. Raises Refusal, Trouble."""
        data = json.dumps(body, separators=(",", ":")).encode()
        return await self._call(method, path, data, intent or ids.fresh("lab"), attempts=attempts)

    async def _call(
        self,
        method: str,
        target: str,
        body: bytes,
        intent: str | None,
        *,
        attempts: int = ATTEMPTS_MAX,
    ) -> Any:
        attempt = 0
        while True:
            attempt += 1
            headers = self._headers(method, target, body, intent)
            try:
                answer = await fetch(
                    self._client, method, self.origin + target, limits=_LIMITS, headers=headers,
                    content=body or None,
                )  # fmt: skip
            except CallFailed as lost:
                if self.patient is None and attempt >= attempts:
                    raise Trouble(
                        f"no answer from {self.origin} ({lost.facts['why']}): is the arena running there?"
                    ) from lost
                if self.patient is not None:
                    self.patient(f"no answer from {self.origin}, trying again")
                await asyncio.sleep(_wait_s(attempt))
                continue
            if answer.status_code < 400:
                return json.loads(answer.content) if answer.content else None
            refusal = Refusal(answer.status_code, _problem(answer))
            passing = refusal.status in (429, 503) or refusal.code == "call_still_running"
            if not passing or (self.patient is None and attempt >= attempts):
                raise refusal
            await asyncio.sleep(_wait_s(attempt, answer.headers.get("retry-after", "")))

    def _headers(self, method: str, target: str, body: bytes, intent: str | None) -> dict[str, str]:
        """The profile of RFC 9421 that the arena checks (people.access.signature)."""
        covered = {
            "@method": method, "@target-uri": self.origin + target,
            "content-digest": f"sha-256=:{to_base64(hashlib.sha256(body).digest())}:",
        }  # fmt: skip
        if intent is not None:
            covered["idempotency-key"] = intent
        names = " ".join(f'"{name}"' for name in covered)
        parameters = (
            f'({names});created={int(wall_now().timestamp())};keyid="{key_id_of(self.key.public)}"'
            f';nonce="{ids.fresh("n")}";alg="ed25519";tag="arena-v1"'
        )
        lines = [*(f'"{name}": {value}' for name, value in covered.items())]
        signed = self.key.sign("\n".join([*lines, f'"@signature-params": {parameters}']).encode())
        headers = {
            "Accept": "application/json",
            "Content-Digest": covered["content-digest"],
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{to_base64(signed)}:",
        }
        if intent is not None:
            headers |= {"Idempotency-Key": intent, "Content-Type": "application/json"}
        return headers


@asynccontextmanager
async def open_line(arena: str, key: Path) -> AsyncIterator[Line]:
    """A line to the arena at that address. Raises Trouble for an address or a key that cannot be used."""
    origin = arena.rstrip("/")
    if urlsplit(origin).scheme not in ("http", "https") or not urlsplit(origin).hostname:
        raise Trouble(f"--arena {arena} is no address: give one like http://127.0.0.1:8000")
    signing = key_in(key)
    client = make_client(allow=[origin], limits=_LIMITS)
    async with client:
        yield Line(client, origin, signing)


def key_in(path: Path) -> SigningKey:
    """The key that a file holds as base64. Raises Trouble where there is none, or others may read it."""
    if not path.is_file():
        raise Trouble(f"there is no key {path}: make one with `sigma keygen {path}`")
    if path.stat().st_mode & 0o077:
        raise Trouble(f"{path} can be read by others: chmod 600 {path}")
    try:
        secret = base64.b64decode(path.read_text().strip(), validate=True)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise Trouble(f"{path} holds no key: `sigma keygen` writes such files")
    return SigningKey(secret)


def _problem(answer: httpx.Response) -> Json:
    try:
        read = json.loads(answer.content)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"detail": answer.text[:200]}


def _wait_s(attempt: int, retry_after: str = "") -> float:
    if retry_after.strip().isdigit():
        return min(float(retry_after), RETRY_AFTER_MAX_S)
    return min(WAIT_FIRST_S * 2.0 ** min(attempt - 1, 10), WAIT_MAX_S)
