"""Signatures the SDK makes are accepted by the arena's strict reader and by an independent library."""

import base64
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, algorithms
from http_message_signatures.resolvers import HTTPSignatureKeyResolver
from starlette.datastructures import Headers

from arena.kit.ids import derived
from arena.kit.signing import verifies as arena_verifies
from arena.people.access.signature import SignedRequest, read_claim
from sigma_sdk.credentials import ApiKey, Collective, Nobody
from sigma_sdk.http_signature import Unsigned, signature_headers
from sigma_sdk.keys import SigningKey, key_id_of, verifies

KEY = SigningKey(bytes(range(32)))
TARGET = "http://127.0.0.1:8000/signals?model_id=fd_1&after=3"
CASES = [
    Unsigned("GET", TARGET),
    Unsigned("POST", "http://127.0.0.1:8000/signals", b'{"a":1}', "key-1"),
    Unsigned("DELETE", "http://127.0.0.1:8000/orders/ord_1", b"", "key-2"),
]


def headers_of(request: Unsigned) -> dict[str, str]:
    made = signature_headers(KEY, request, created_s=int(time.time()), nonce="n" * 22)
    if request.idempotency_key is not None:
        made["Idempotency-Key"] = request.idempotency_key
    return made


@pytest.mark.parametrize("request_", CASES, ids=lambda r: r.method)
def test_the_arena_reads_and_verifies_what_the_sdk_signs(request_: Unsigned) -> None:
    signed = SignedRequest(
        request_.method, request_.target, Headers(headers_of(request_)), request_.body
    )
    claim = read_claim(signed)
    assert claim.key_id == KEY.key_id
    assert arena_verifies(KEY.public, claim.base, claim.signature)


class _Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        assert key_id == KEY.key_id
        return Ed25519PublicKey.from_public_bytes(KEY.public)


def foreign_verdict(request: Unsigned, body: bytes) -> None:
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys())
    message = SimpleNamespace(
        method=request.method, url=request.target, headers=headers_of(request)
    )
    verifier.verify(
        message, expect_tag="arena-v1", expect_label="sig1", body=body,
        require_components=("@method", "@target-uri", "content-digest"),
    )  # fmt: skip


@pytest.mark.parametrize("request_", CASES, ids=lambda r: r.method)
def test_a_library_by_others_verifies_what_the_sdk_signs(request_: Unsigned) -> None:
    foreign_verdict(request_, request_.body)


def test_a_library_by_others_refuses_another_body() -> None:
    with pytest.raises(InvalidSignature):
        foreign_verdict(CASES[1], b'{"a":2}')


def test_each_transmission_has_a_nonce_of_its_own() -> None:
    credentials = Collective(KEY)
    first, second = (credentials.headers(CASES[1])["Signature-Input"] for _ in range(2))
    assert first != second


def test_the_other_ways_of_coming_sign_nothing() -> None:
    assert Nobody().headers(CASES[0]) == {}
    assert ApiKey("ak_1").headers(CASES[0]) == {"Authorization": "Bearer ak_1"}
    assert "ak_secret" not in repr(ApiKey("ak_secret"))


def test_a_key_id_follows_from_the_public_key_as_the_arena_derives_it() -> None:
    assert key_id_of(KEY.public) == derived("key", KEY.public.hex())


def test_a_signature_of_another_message_or_key_does_not_verify() -> None:
    signature = KEY.sign(b"yes")
    assert verifies(KEY.public, b"yes", signature)
    assert not verifies(KEY.public, b"no", signature)
    assert not verifies(SigningKey.generate().public, b"yes", signature)
    assert not verifies(b"short", b"yes", signature)


def test_a_saved_key_comes_back_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "mine.key"
    KEY.save(path)
    assert path.stat().st_mode & 0o077 == 0
    assert SigningKey.load(path).public == KEY.public
    with pytest.raises(FileExistsError):
        KEY.save(path)
    path.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        SigningKey.load(path)
    assert base64.b64decode(KEY.public_base64) == KEY.public
