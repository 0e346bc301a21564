"""What the tests of the dialect share: a signed call over the socket, keys in the forms clients want them in."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from arena.trading.venues.dialects.binance.exchange_keys import create_exchange_key
from tests.trading.floor.stage import ExchangeStage, Member


@dataclass(slots=True)
class Bot:
    """Somebody with an API key: `secret` is a PEM text (Ed25519) or letters (HMAC)."""

    api_key: str
    secret: str
    stage: ExchangeStage
    member: Member
    http: httpx.AsyncClient

    def sign(self, payload: str) -> str:
        if "PRIVATE" not in self.secret:
            return hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        return base64.b64encode(self.member.key.sign(payload.encode())).decode()

    async def call(self, method: str, path: str, **parameters: Any) -> httpx.Response:
        """A signed call with its parameters in the query; `timestamp` is now unless it is given."""
        parameters.setdefault("timestamp", int(time.time() * 1000))
        query = urlencode({name: str(value) for name, value in parameters.items()})
        signed = f"{query}&{urlencode({'signature': self.sign(query)})}"
        return await self.raw(method, f"{path}?{signed}")

    async def raw(self, method: str, target: str, body: str | None = None) -> httpx.Response:
        headers = {"X-MBX-APIKEY": self.api_key}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self.http.request(method, target, headers=headers, content=body)

    async def get(self, path: str, **parameters: Any) -> Any:
        """The answer to a call that must succeed."""
        return done(await self.call("GET", path, **parameters))

    async def order(self, **parameters: Any) -> httpx.Response:
        return await self.call("POST", "/api/v3/order", **parameters)


def done(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: httpx.Response) -> tuple[int, int, str]:
    """(status, code, text) of a call that must fail."""
    told = answer.json()
    return answer.status_code, told["code"], told["msg"]


async def ed25519_bot(stage: ExchangeStage, member: Member, http: httpx.AsyncClient) -> Bot:
    return Bot(member.key.public.hex(), member.key.private_pem, stage, member, http)


async def hmac_bot(stage: ExchangeStage, member: Member, http: httpx.AsyncClient) -> Bot:
    async with stage.arena.db.transaction() as tx:
        made, secret = await create_exchange_key(tx, stage.arena.settings.vault, member.id, "a bot")
    return Bot(made.api_key, secret, stage, member, http)
