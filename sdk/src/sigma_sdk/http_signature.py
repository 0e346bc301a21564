"""HTTP message signatures (RFC 9421) in the arena's profile: what a collective puts on each request."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sigma_sdk.keys import SigningKey

LABEL = "sig1"
TAG = "arena-v1"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The parts of a request a signature covers. `target` is the whole URL as the arena knows it."""

    method: str
    target: str
    body: bytes = b""
    idempotency_key: str | None = None


def content_digest(body: bytes) -> str:
    """The Content-Digest header of RFC 9530."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_headers(
    key: SigningKey, request: Unsigned, *, created_s: int, nonce: str
) -> dict[str, str]:
    """The three headers that prove who sends this. `created_s` is Unix time; a nonce is used once."""
    digest = content_digest(request.body)
    covered = {
        "@method": request.method.upper(),
        "@target-uri": request.target,
        "content-digest": digest,
    }
    if request.idempotency_key is not None:
        covered["idempotency-key"] = request.idempotency_key
    names = " ".join(f'"{name}"' for name in covered)
    parameters = (
        f'({names});created={created_s};keyid="{key.key_id}";'
        f'nonce="{nonce}";alg="ed25519";tag="{TAG}"'
    )
    signature = key.sign(signature_base(covered, parameters))
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{base64.b64encode(signature).decode()}:",
    }


def signature_base(covered: Mapping[str, str], parameters: str) -> bytes:
    """The bytes that are signed (RFC 9421 section 2.5)."""
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
