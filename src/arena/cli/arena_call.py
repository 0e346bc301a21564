"""Calls an arena over HTTP as a collective, signed with its key; tries again where that helps."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import httpx

from arena.cli.trouble import Trouble
from arena.kit.clock import wall_now
from arena.kit.ids import fresh
from arena.kit.signing import SigningKey, from_base64, to_base64

ATTEMPTS, FIRST_PAUSE_S, PAUSE_MAX_S, TIMEOUT_S = 5, 0.25, 10.0, 15.0
BUSY = (429, 503)


class Silent(Trouble):
    """No answer came from the arena."""


class Refusal(Trouble):
    """The arena refused a call; `code` is that of its problem."""

    def __init__(self, status: int, said: Any) -> None:
        self.code = said.get("code", "") if isinstance(said, dict) else ""
        detail = said.get("detail", "") if isinstance(said, dict) else ""
        super().__init__(f"the arena says: {detail or f'status {status}'}")


class ArenaCall:
    """A signed line to one arena. `call` answers with the JSON."""

    def __init__(self, origin: str, key: SigningKey) -> None:
        from arena.people.identity import key_id_of

        self.origin = origin.rstrip("/")
        self._key, self._key_id = key, key_id_of(key.public)
        self._client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def call(self, method: str, path: str, body: Any = None, *, attempts: int = ATTEMPTS) -> Any:
        """Sent again, under the same Idempotency-Key, where no answer comes or the arena is busy. Raises Silent,
        Refusal."""
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        intent = None if method == "GET" else fresh("idem")
        pause_s = FIRST_PAUSE_S
        for attempt in range(1, attempts + 1):
            try:
                answer = self._send(method, path, content, intent)
            except httpx.HTTPError as broken:
                if attempt == attempts:
                    why = str(broken) or type(broken).__name__
                    raise Silent(f"nothing answers at {self.origin}: {why}") from broken
            else:
                if answer.is_success:
                    return answer.json()
                if answer.status_code not in BUSY or attempt == attempts:
                    raise Refusal(answer.status_code, _said(answer))
                asked_s = answer.headers.get("retry-after", "")
                pause_s = max(pause_s, float(asked_s) if asked_s.isdigit() else 0.0)
            time.sleep(min(pause_s, PAUSE_MAX_S))
            pause_s *= 2
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, content: bytes, intent: str | None) -> httpx.Response:
        url = self.origin + path
        headers = {"Content-Type": "application/json"} if content else {}
        if intent is not None:
            headers["Idempotency-Key"] = intent
        return self._client.request(
            method, url, content=content, headers={**headers, **self._signature(method, url, content, intent)}
        )  # fmt: skip

    def _signature(
        self, method: str, url: str, content: bytes, intent: str | None
    ) -> dict[str, str]:
        """The three headers of the arena's profile of RFC 9421, see `people.access.signature`."""
        digest = f"sha-256=:{to_base64(hashlib.sha256(content).digest())}:"
        covered = {"@method": method, "@target-uri": url, "content-digest": digest}
        if intent is not None:
            covered["idempotency-key"] = intent
        names = " ".join(f'"{name}"' for name in covered)
        nonce = fresh("nonce")
        parameters = (
            f'({names});created={int(wall_now().timestamp())};keyid="{self._key_id}";'
            f'nonce="{nonce}";alg="ed25519";tag="arena-v1"'
        )
        lines = [f'"{name}": {value}' for name, value in covered.items()]
        base = "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
        return {
            "Content-Digest": digest,
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{to_base64(self._key.sign(base))}:",
        }


def read_key(path: Path) -> SigningKey:
    """A collective's key as `sigma` keeps it: 32 bytes in base64, in a file only its owner can read. Raises Trouble."""
    if not path.is_file():
        raise Trouble(
            f"there is no key {path}; `sigma keygen` makes one, and the studio registers it"
        )
    if path.stat().st_mode & 0o077:
        raise Trouble(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        secret = from_base64(path.read_text().strip())
    except (ValueError, UnicodeDecodeError):
        secret = b""
    if len(secret) != 32:
        raise Trouble(
            f"{path} is no key: it must hold 32 bytes in base64, as `sigma keygen` writes it"
        )
    return SigningKey(secret)


def _said(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
