"""Signed requests: what holds, what each single fault does, and what another implementation says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from starlette.datastructures import Headers

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.signing import verifies
from arena.people import identity
from arena.people.access import CallDep, Routes, needs
from arena.people.access.signature import SignedRequest, read_claim
from tests.http import make_client
from tests.people.signer import Recipe, Signer, enrolled

routes = Routes("test")


@routes.add("POST", "/echo", gate=needs("orders:write"))
async def echo(call: CallDep) -> dict[str, str | None]:
    return {"id": call.actor.id, "key": call.actor.key_id}


@routes.add("GET", "/echo", gate=needs("portfolio:read"))
async def read(call: CallDep) -> dict[str, str]:
    return {"id": call.actor.id}


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


async def test_a_signed_request_is_the_collectives(client: httpx.AsyncClient, db: Database) -> None:
    signer, collective = await enrolled(db)
    posted = await client.post("/echo?x=1&y=%20z", content=b'{"a":1}', auth=signer.auth())
    assert (posted.status_code, posted.json()) == (
        200,
        {"id": collective.id, "key": signer.key_id},
    )
    got = await client.get("/echo", auth=signer.auth())
    assert (got.status_code, got.json()) == (200, {"id": collective.id})


def _now(offset_s: int) -> int:
    return int(wall_now().timestamp()) + offset_s


FAULTS: dict[str, tuple[str, Callable[[Recipe], None]]] = {
    "61 seconds old": ("seconds old", lambda r: setattr(r, "created", _now(-61))),
    "from the future": ("future", lambda r: setattr(r, "created", _now(8))),
    "another method": ("does not fit", lambda r: setattr(r, "method", "PUT")),
    "another host": ("does not fit", lambda r: setattr(r, "url", "http://elsewhere.example/echo")),
    "another path": ("does not fit", lambda r: setattr(r, "url", r.url.replace("echo", "other"))),
    "another query": ("does not fit", lambda r: setattr(r, "url", r.url + "?x=1")),
    "another body": ("Content-Digest", lambda r: setattr(r, "signed_body", b'{"a":2}')),
    "no method": ("must read", lambda r: setattr(r, "drop", "@method")),
    "no target": ("must read", lambda r: setattr(r, "drop", "@target-uri")),
    "no digest": ("must read", lambda r: setattr(r, "drop", "content-digest")),
    "no idempotency key": ("must cover", lambda r: setattr(r, "drop", "idempotency-key")),
    "another tag": ("parameter tag", lambda r: setattr(r, "tag", "arena-v2")),
    "another algorithm": ("parameter alg", lambda r: setattr(r, "alg", "rsa-pss-sha512")),
    "another label": ("must read", lambda r: setattr(r, "label", "sig2")),
    "short nonce": ("parameter nonce", lambda r: setattr(r, "nonce", "abc")),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_signature_with_one_fault_is_refused(
    client: httpx.AsyncClient, db: Database, fault: str
) -> None:
    signer, _ = await enrolled(db)
    reason, change = FAULTS[fault]
    answer = await client.post("/echo", content=b'{"a":1}', auth=signer.auth(change))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert reason in answer.json()["reason"]
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from signature_nonce") == 0


async def test_the_edge_of_its_age_is_allowed(client: httpx.AsyncClient, db: Database) -> None:
    signer, _ = await enrolled(db)
    for offset_s in (-58, 4):
        auth = signer.auth(lambda r, by=offset_s: setattr(r, "created", _now(by)))  # type: ignore[misc]  # default binds the loop's value
        assert (await client.get("/echo", auth=auth)).status_code == 200


async def test_a_replayed_request_is_refused_even_when_the_first_one_failed(
    client: httpx.AsyncClient, db: Database
) -> None:
    signer, _ = await enrolled(db)
    url = f"{client.base_url}/echo"
    recipe = Recipe("GET", url)
    headers = signer.headers(recipe)
    assert (await client.get("/echo", headers=headers)).status_code == 200
    again = await client.get("/echo", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "signature_replayed")

    bad = Recipe("POST", url, b"{}", idempotency_key="k" * 300)  # admitted, then refused by its key
    headers = signer.headers(bad)
    first = await client.post("/echo", content=b"{}", headers=headers)
    assert first.json()["code"] == "idempotency_key_missing"
    assert (await client.post("/echo", content=b"{}", headers=headers)).status_code == 409


async def test_of_twenty_copies_at_once_one_gets_in(
    client: httpx.AsyncClient, db: Database
) -> None:
    signer, _ = await enrolled(db)
    headers = signer.headers(Recipe("GET", f"{client.base_url}/echo"))
    answers = await asyncio.gather(*(client.get("/echo", headers=headers) for _ in range(20)))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 19


async def test_the_same_nonce_of_another_key_is_another_nonce(
    client: httpx.AsyncClient, db: Database
) -> None:
    one, _ = await enrolled(db, "One")
    two, _ = await enrolled(db, "Two")
    for signer in (one, two):
        auth = signer.auth(lambda r: setattr(r, "nonce", "the-very-same-nonce"))
        assert (await client.get("/echo", auth=auth)).status_code == 200


async def test_the_host_header_does_not_matter(client: httpx.AsyncClient, db: Database) -> None:
    signer, _ = await enrolled(db)
    headers = signer.headers(Recipe("GET", f"{client.base_url}/echo"))
    answer = await client.get("/echo", headers={**headers, "Host": "elsewhere.example"})
    assert answer.status_code == 200
    url = "http://elsewhere.example/echo"
    headers = signer.headers(Recipe("GET", url))
    answer = await client.get("/echo", headers={**headers, "Host": "elsewhere.example"})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
async def test_a_header_sent_twice_is_refused(
    client: httpx.AsyncClient, db: Database, name: str
) -> None:
    signer, _ = await enrolled(db)
    headers = list(signer.headers(Recipe("GET", f"{client.base_url}/echo")).items())
    value = dict(headers)[name]
    answer = await client.get("/echo", headers=[*headers, (name, value)])
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
async def test_a_header_left_out_is_refused(
    client: httpx.AsyncClient, db: Database, name: str
) -> None:
    signer, _ = await enrolled(db)
    headers = signer.headers(Recipe("GET", f"{client.base_url}/echo"))
    del headers[name]
    answer = await client.get("/echo", headers=headers)
    assert answer.status_code == 401


async def test_an_idempotency_key_that_is_not_covered_is_refused(
    client: httpx.AsyncClient, db: Database
) -> None:
    signer, _ = await enrolled(db)
    headers = signer.headers(Recipe("POST", f"{client.base_url}/echo", b"{}"))
    headers["Idempotency-Key"] = "slipped-in"
    answer = await client.post("/echo", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")


async def test_an_unknown_key_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/echo", auth=Signer().auth())
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")


async def test_a_revoked_key_is_refused_at_once(client: httpx.AsyncClient, db: Database) -> None:
    signer, collective = await enrolled(db)
    assert (await client.get("/echo", auth=signer.auth())).status_code == 200
    async with db.transaction() as tx:
        await identity.revoke_key(tx, collective.id, signer.key_id, by=collective.id, last=True)
    answer = await client.get("/echo", auth=signer.auth())
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert "unknown or revoked" in answer.json()["detail"]


async def test_a_suspended_collective_is_refused(client: httpx.AsyncClient, db: Database) -> None:
    signer, collective = await enrolled(db)
    async with db.transaction() as tx:
        await tx.execute("update collective set status = 'suspended' where id = $1", collective.id)
    assert (await client.get("/echo", auth=signer.auth())).status_code == 401


_COVERED = '("@method" "@target-uri" "content-digest")'
_WELL = ';created=1;keyid="k";nonce="n";alg="ed25519";tag="arena-v1"'


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "sig1",
        f"sig1={_COVERED}",
        f'sig1={_COVERED};created=1;created=1;nonce="0123456789abcdef";alg="ed25519";tag="arena-v1"',
        f'sig1=("@method" "@method" "content-digest"){_WELL}',
        f'sig1=("@method"  "@target-uri" "content-digest"){_WELL}',
        f"sig1={_COVERED}{_WELL},sig2=()",
        "\u00b2" * 50,
    ],
)
def test_anything_but_the_profile_is_refused(stated: str) -> None:
    headers = Headers({"signature-input": stated, "signature": "sig1=::", "content-digest": "x"})
    with pytest.raises(Exception, match="signature does not hold"):
        read_claim(SignedRequest("GET", "http://x/", headers, b""))


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._private = Ed25519PrivateKey.from_private_bytes(secret)

    def resolve_private_key(self, key_id: str):  # type: ignore[no-untyped-def]  # the library's own is untyped
        return self._private

    def resolve_public_key(self, key_id: str):  # type: ignore[no-untyped-def]  # the library's own is untyped
        return self._private.public_key()


async def test_what_another_implementation_signs_is_accepted(
    client: httpx.AsyncClient, db: Database
) -> None:
    secret = b"\x07" * 32
    signer = Signer(secret)
    async with db.transaction() as tx:
        await identity.register_collective(
            tx, identity.Registration("Other", "", signer.key.public)
        )
    request = client.build_request(
        "POST", "/echo?q=a%2Fb", content=b'{"a":1}', headers={"Idempotency-Key": "intent-1"}
    )
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(secret)).sign(
        request, key_id=signer.key_id, created=wall_now(), nonce="0123456789abcdef",
        label="sig1", tag="arena-v1", body=b'{"a":1}',
        covered_component_ids=("@method", "@target-uri", "content-digest", "idempotency-key"),
    )  # fmt: skip
    answer = await client.send(request)
    assert (answer.status_code, answer.text[:40]) == (200, answer.text[:40])


async def test_what_we_accept_another_implementation_verifies(client: httpx.AsyncClient) -> None:
    secret = b"\x09" * 32
    signer = Signer(secret)
    request = client.build_request("POST", "/echo", content=b"[1]")
    request.headers.update(
        signer.headers(Recipe("POST", str(request.url), b"[1]", idempotency_key="k"))
    )
    [result] = HTTPMessageVerifier(
        signature_algorithm=algorithms.ED25519, key_resolver=_Keys(secret)
    ).verify(request, expect_tag="arena-v1", body=b"[1]")
    assert set(result.covered_components) - {'"@signature-params"'} == {
        '"@method"', '"@target-uri"', '"content-digest"', '"idempotency-key"',
    }  # fmt: skip
    claim = read_claim(SignedRequest("POST", str(request.url), Headers(request.headers), b"[1]"))
    assert verifies(signer.key.public, claim.base, claim.signature)


async def test_a_revoked_key_is_refused_where_the_product_clock_lags_behind(
    client: httpx.AsyncClient, db: Database
) -> None:
    """Another process revoked it, which has heard of a later product time than this one."""
    signer, collective = await enrolled(db)
    async with db.transaction() as tx:
        tx.now += timedelta(hours=1)
        await identity.revoke_key(tx, collective.id, signer.key_id, by=collective.id, last=True)
    answer = await client.get("/echo", auth=signer.auth())
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
