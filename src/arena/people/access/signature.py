"""Request signatures of collectives: one fixed profile of RFC 9421 with Ed25519, and nothing beside it.

    Content-Digest: sha-256=:…:                                            (RFC 9530, of the exact body)
    Signature-Input: sig1=("@method" "@target-uri" "content-digest" ["idempotency-key"]);
                     created=…;keyid="key_…";nonce="…";alg="ed25519";tag="arena-v1"
    Signature: sig1=:…:

Parameters may come in any order, each exactly once. `@target-uri` is the public origin plus path and
query as sent, so a signature for another host does not fit, whatever the Host header says.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from starlette.datastructures import Headers

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.signing import from_base64, to_base64, verifies
from arena.people import identity
from arena.people.access.model import (
    COLLECTIVE_SCOPES,
    Actor,
    SignatureRefused,
    SignatureReplayed,
)

AGE_MAX_S = 60
SKEW_MAX_S = 5
TAG = "arena-v1"
COMPONENTS = ("@method", "@target-uri", "content-digest")

_INPUT = re.compile(
    r'sig1=(\("@method" "@target-uri" "content-digest"( "idempotency-key")?\)'
    r'((?:;[a-z]+=(?:[0-9]{1,12}|"[A-Za-z0-9_.~-]{1,128}")){5}))'
)
_PARAMETER = re.compile(r";([a-z]+)=([^;]+)")
_VALUES = {
    "created": re.compile(r"([0-9]{1,12})"),
    "keyid": re.compile(r'"(key_[0-9a-hjkmnp-tv-z]{26})"'),
    "nonce": re.compile(r'"([A-Za-z0-9_.~-]{16,128})"'),
    "alg": re.compile(r'"(ed25519)"'),
    "tag": re.compile(r'"(arena-v1)"'),
}
_SIGNATURE = re.compile(r"sig1=:([A-Za-z0-9+/]{86}==):")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What of a request a signature covers; `target_uri` is made from our own origin, not from Host."""

    method: str
    target_uri: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What a well-formed signature claims, to be checked against the key it names."""

    key_id: str
    nonce: str
    created: int
    signature: bytes
    base: bytes


async def collective_of_signature(db: Database, request: SignedRequest) -> Actor:
    """The collective that signed the request.

    The nonce is kept in a transaction of its own, so that a request which then fails cannot be sent
    again either. Raises SignatureRefused, SignatureReplayed.
    """
    claim = read_claim(request)
    now = wall_now()
    age_s = now.timestamp() - claim.created
    if age_s > AGE_MAX_S:
        raise SignatureRefused(reason=f"it is {age_s:.0f} seconds old, {AGE_MAX_S} are allowed")
    if age_s < -SKEW_MAX_S:
        raise SignatureRefused(reason=f"it was made {-age_s:.0f} seconds in the future")
    async with db.transaction() as tx:
        key = await identity.active_key(tx, claim.key_id, tx.now)
        if key is None:
            raise SignatureRefused(reason=f"the key {claim.key_id} is unknown or revoked")
        if not verifies(key.public_key, claim.base, claim.signature):
            raise SignatureRefused(reason="it does not fit method, address, body and key")
        collective = await identity.collective(tx, key.collective_id)
        if collective.status != "active":
            raise SignatureRefused(reason=f"the collective is {collective.status}")
        # This commit need not wait for the disk: whatever the request goes on to commit comes later in the
        # write-ahead log, so a crash that loses the nonce loses the request's effect with it.
        await tx.execute("set local synchronous_commit = off")
        if not await tx.execute(
            "insert into signature_nonce (key_id, nonce, expires_at) values ($1, $2, $3)"
            " on conflict do nothing",
            claim.key_id, claim.nonce, now + timedelta(seconds=2 * AGE_MAX_S),
        ):  # fmt: skip
            raise SignatureReplayed
    return Actor("collective", collective.id, COLLECTIVE_SCOPES, key.id)


def read_claim(request: SignedRequest) -> Claim:
    """Reads the three headers and checks the body's digest. Raises SignatureRefused."""
    stated = _single(request.headers, "signature-input")
    form = _INPUT.fullmatch(stated)
    if form is None:
        raise SignatureRefused(
            reason='Signature-Input must read sig1=("@method" "@target-uri" "content-digest"'
            ' ["idempotency-key"]) with created, keyid, nonce, alg="ed25519" and tag="arena-v1"'
        )
    parameters, with_key, listed = form[1], bool(form[2]), form[3]
    values = _parameters(listed)
    signature = _SIGNATURE.fullmatch(_single(request.headers, "signature"))
    if signature is None:
        raise SignatureRefused(reason="Signature must read sig1=:base64 of 64 bytes:")
    digest = _single(request.headers, "content-digest")
    if digest != content_digest(request.body):
        raise SignatureRefused(reason="Content-Digest is not sha-256=:…: of the body that came")
    lines = [
        f'"@method": {request.method}',
        f'"@target-uri": {request.target_uri}',
        f'"content-digest": {digest}',
    ]
    if with_key != ("idempotency-key" in request.headers):
        raise SignatureRefused(reason="it must cover idempotency-key exactly where that is sent")
    if with_key:
        lines.append(f'"idempotency-key": {_single(request.headers, "idempotency-key").strip()}')
    lines.append(f'"@signature-params": {parameters}')
    try:
        raw = from_base64(signature[1])
        base = "\n".join(lines).encode("latin-1")
    except ValueError as broken:
        raise SignatureRefused(reason="it is not readable") from broken
    return Claim(values["keyid"], values["nonce"], int(values["created"]), raw, base)


def content_digest(body: bytes) -> str:
    """The Content-Digest header of a body (RFC 9530)."""
    return f"sha-256=:{to_base64(hashlib.sha256(body).digest())}:"


def _parameters(listed: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, text in _PARAMETER.findall(listed):
        value = _VALUES[name].fullmatch(text) if name in _VALUES else None
        if value is None or name in values:
            raise SignatureRefused(reason=f"its parameter {name} is wrong, unknown or repeated")
        values[name] = value[1]
    return values


def _single(headers: Headers, name: str) -> str:
    values = headers.getlist(name)
    if len(values) != 1:
        raise SignatureRefused(reason=f"the header {name} must be sent exactly once")
    return values[0]
