"""A collective's side of a call, written out plainly so that a test can get each part of it wrong."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from arena.kit.canonical import canonical_json
from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Database
from arena.kit.signing import SigningKey, to_base64
from arena.people import identity


@dataclass
class Recipe:
    """What goes into a signature; a test changes one thing."""

    method: str
    url: str
    body: bytes = b""
    created: int | None = None
    nonce: str | None = None
    alg: str = "ed25519"
    tag: str = "arena-v1"
    label: str = "sig1"
    idempotency_key: str | None = None
    drop: str | None = None
    signed_body: bytes | None = None


class Signer:
    """A key and how it signs; `key_id` is the one the arena derives."""

    def __init__(self, secret: bytes | None = None) -> None:
        self.key = SigningKey(secret or secrets.token_bytes(32))
        self.key_id = identity.key_id_of(self.key.public)

    @property
    def public(self) -> str:
        return to_base64(self.key.public)

    def prove(self, **statement: str) -> dict[str, str]:
        """`created`, `public_key` and `proof` for a registration's body."""
        stated = {**statement, "public_key": self.public}
        stated.setdefault("created", iso_ms(wall_now()))
        proof = to_base64(self.key.sign(canonical_json(stated)))
        return {"created": stated["created"], "public_key": self.public, "proof": proof}

    def headers(self, recipe: Recipe) -> dict[str, str]:
        body = recipe.body if recipe.signed_body is None else recipe.signed_body
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        covered = {
            "@method": recipe.method, "@target-uri": recipe.url, "content-digest": digest,
        }  # fmt: skip
        if recipe.idempotency_key is not None:
            covered["idempotency-key"] = recipe.idempotency_key
        covered.pop(recipe.drop or "", None)
        names = " ".join(f'"{name}"' for name in covered)
        created = int(wall_now().timestamp()) if recipe.created is None else recipe.created
        nonce = recipe.nonce or secrets.token_urlsafe(18)
        parameters = (
            f'({names});created={created};keyid="{self.key_id}";nonce="{nonce}"'
            f';alg="{recipe.alg}";tag="{recipe.tag}"'
        )
        lines = [f'"{name}": {value}' for name, value in covered.items()]
        base = "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
        headers = {
            "Content-Digest": digest,
            "Signature-Input": f"{recipe.label}={parameters}",
            "Signature": f"{recipe.label}=:{to_base64(self.key.sign(base))}:",
        }
        if recipe.idempotency_key is not None:
            headers["Idempotency-Key"] = recipe.idempotency_key
        return headers

    def auth(self, change: Callable[[Recipe], None] = lambda _recipe: None) -> "SignedCalls":
        return SignedCalls(self, change)


class SignedCalls(httpx.Auth):
    """Signs what httpx is about to send."""

    requires_request_body = True

    def __init__(self, signer: Signer, change: Callable[[Recipe], None]) -> None:
        self._signer, self._change = signer, change

    def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def]  # httpx's own generator type is private
        if request.method not in ("GET", "HEAD"):
            request.headers.setdefault("Idempotency-Key", secrets.token_hex(8))
        key: str | None = request.headers.get("idempotency-key")
        recipe = Recipe(request.method, str(request.url), request.content, idempotency_key=key)
        self._change(recipe)
        request.headers.update(self._signer.headers(recipe))
        yield request


async def enrolled(db: Database, name: str = "Northwind") -> tuple[Signer, identity.Collective]:
    """A registered collective and what it signs with."""
    signer = Signer()
    async with db.transaction() as tx:
        made = await identity.register_collective(
            tx, identity.Registration(name, "about", signer.key.public)
        )
    return signer, made
