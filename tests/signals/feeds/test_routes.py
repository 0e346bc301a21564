"""Feeds and documents over HTTP, called as collectives call them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from arena.kit.signing import SigningKey, to_base64
from arena.people.identity import key_id_of
from arena.signals.feeds import Lineage, Terms, sign, signal_id
from arena.signals.feeds.routes import routes as feed_routes
from arena.signals.lab.routes import routes as lab_routes
from tests.http import make_client, person
from tests.people.signer import Signer, enrolled
from tests.signals.stage import DOCUMENTS, Stage

DRAFT: dict[str, Any] = {
    "name": "Two averages", "about": "They cross.", "instrument": "BTC-USD", "lineage": DOCUMENTS,
}  # fmt: skip


@pytest.fixture
async def client(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    await stage.play(2)
    async with make_client(stage.db, stage.settings, feed_routes, lab_routes) as made:
        yield made


@pytest.fixture
async def signer(stage: Stage, client: httpx.AsyncClient) -> Signer:
    made, _ = await enrolled(stage.db)
    return made


async def opened(client: httpx.AsyncClient, signer: Signer, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/feeds", json={**DRAFT, **changes}, auth=signer.auth())
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def envelope(stage: Stage, feed: dict[str, Any], key: SigningKey, **changes: Any) -> dict[str, Any]:
    sequence = feed["last_sequence"] + 1
    terms = Terms(
        id=signal_id(feed["id"], sequence), feed_id=feed["id"], sequence=sequence, issued_at=stage.now,
        valid_until=stage.now + timedelta(hours=1), instrument=feed["instrument"], action="open",
        target_weight=Decimal("0.5"), limit_price=None, stop_price=None, take_profit_price=None,
        confidence=Decimal("0.6"), rationale="They crossed.", lineage=Lineage(**feed["lineage"]),
        previous_hash=feed["last_hash"], key_id=key_id_of(key.public),
    )  # fmt: skip
    signed = sign(terms, key)
    return {"signal": signed.body, "signature": to_base64(signed.signature), **changes}


async def test_a_collective_opens_a_feed_and_publishes(
    client: httpx.AsyncClient, signer: Signer, stage: Stage
) -> None:
    feed = await opened(client, signer)
    sent = envelope(stage, feed, signer.key)
    answer = await client.post("/signals", json=sent, auth=signer.auth())
    assert answer.status_code == 201, answer.text
    published = answer.json()
    assert published["id"] == sent["signal"]["id"]
    assert published["log_index"] == 0
    again = await client.post("/signals", json=sent, auth=signer.auth())
    assert (again.status_code, again.json()) == (201, published)
    own = (await client.get(f"/feeds/{feed['id']}", auth=signer.auth())).json()
    assert (own["last_sequence"], own["last_hash"]) == (1, published["hash"])
    assert "rationale" not in str(own)


async def test_a_stranger_is_not_told_the_hash_of_a_signal_that_he_might_guess(
    client: httpx.AsyncClient, signer: Signer, stage: Stage
) -> None:
    feed = await opened(client, signer)
    answer = await client.post(
        "/signals", json=envelope(stage, feed, signer.key), auth=signer.auth()
    )
    for path in (f"/feeds/{feed['id']}", "/feeds"):
        seen = await client.get(path)
        assert feed["id"] in seen.text
        assert answer.json()["hash"] not in seen.text, path


async def test_opening_the_same_feed_again_answers_as_the_first_time(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    feed = await opened(client, signer)
    assert await opened(client, signer) == feed
    shas = feed["lineage"]
    assert await opened(client, signer, lineage=shas) == feed
    other = {**DOCUMENTS, "policy": {**DOCUMENTS["policy"], "more": 1}}
    answer = await client.post("/feeds", json={**DRAFT, "lineage": other}, auth=signer.auth())
    assert (answer.status_code, answer.json()["code"]) == (409, "feed_name_taken")


@pytest.mark.parametrize(
    ("lineage", "status", "code"),
    [
        ({}, 422, "lineage_incomplete"),
        ({**DOCUMENTS, "pack_sha": "0" * 64}, 422, "lineage_incomplete"),
        ({f"{kind}_sha": "0" * 64 for kind in DOCUMENTS}, 422, "lineage_unknown"),
        ({**DOCUMENTS, "pack": {"source": "x"}}, 422, "bad_document"),
        ({**DOCUMENTS, "pack": 5}, 422, "invalid"),
        ({**DOCUMENTS, "policy": {**DOCUMENTS["policy"], "n": 2**60}}, 422, "bad_document"),
        ({**DOCUMENTS, "policy": {**DOCUMENTS["policy"], "n": "a\x00b"}}, 422, "bad_document"),
    ],
)
async def test_a_lineage_that_does_not_hold_is_refused(
    client: httpx.AsyncClient, signer: Signer, lineage: Any, status: int, code: str
) -> None:
    answer = await client.post("/feeds", json={**DRAFT, "lineage": lineage}, auth=signer.auth())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_document_in_anothers_place_is_refused(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    shas = (await opened(client, signer))["lineage"]
    swapped = {**shas, "pack_sha": shas["policy_sha"], "policy_sha": shas["pack_sha"]}
    answer = await client.post("/feeds", json={**DRAFT, "lineage": swapped}, auth=signer.auth())
    assert answer.json()["code"] == "wrong_kind_of_document"


async def test_documents_are_registered_once_and_public(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    body = {"kind": "policy", "body": DOCUMENTS["policy"]}
    first = await client.post("/documents", json=body, auth=signer.auth())
    again = await client.post("/documents", json=body, auth=signer.auth())
    assert (first.status_code, first.json()) == (201, again.json())
    assert (await client.get(f"/documents/{first.json()['sha']}")).json() == first.json()
    assert (await client.get(f"/documents/{'0' * 64}")).status_code == 404


async def test_a_changed_lineage_is_what_the_next_signal_must_name(
    client: httpx.AsyncClient, signer: Signer, stage: Stage
) -> None:
    feed = await opened(client, signer)
    newer = {**DOCUMENTS, "model_config": {"model": "by hand", "parameters": {"version": 2}}}
    path = f"/feeds/{feed['id']}/lineage"
    changed = (await client.post(path, json=newer, auth=signer.auth())).json()
    assert changed["lineage"] != feed["lineage"]
    refused = await client.post(
        "/signals", json=envelope(stage, feed, signer.key), auth=signer.auth()
    )
    assert refused.json()["code"] == "lineage_unknown"
    good = await client.post(
        "/signals", json=envelope(stage, changed, signer.key), auth=signer.auth()
    )
    assert good.status_code == 201


async def test_a_closed_feed_takes_no_signal(
    client: httpx.AsyncClient, signer: Signer, stage: Stage
) -> None:
    feed = await opened(client, signer)
    closed = await client.post(f"/feeds/{feed['id']}/close", auth=signer.auth())
    assert closed.json()["status"] == "closed"
    answer = await client.post(
        "/signals", json=envelope(stage, feed, signer.key), auth=signer.auth()
    )
    assert answer.json()["code"] == "feed_closed"


async def test_only_collectives_publish_and_only_to_their_own(
    client: httpx.AsyncClient, signer: Signer, stage: Stage
) -> None:
    feed = await opened(client, signer)
    sent = envelope(stage, feed, signer.key)
    assert (await client.post("/signals", json=sent)).status_code == 401
    _, headers = await person(stage.db, "creator")
    assert (await client.post("/signals", json=sent, headers=headers)).status_code == 403
    other, _ = await enrolled(stage.db, "Southwind")
    answer = await client.post("/signals", json=sent, auth=other.auth())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_feed")
    answer = await client.post(f"/feeds/{feed['id']}/close", auth=other.auth())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_feed")


async def test_a_bad_signal_is_answered_with_pointers(
    client: httpx.AsyncClient, signer: Signer, stage: Stage
) -> None:
    sent = envelope(stage, await opened(client, signer), signer.key)
    del sent["signal"]["confidence"]
    sent["signal"]["more"] = 1
    answer = await client.post("/signals", json=sent, auth=signer.auth())
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/confidence", "/more"]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"signal": {}, "signature": ""}', b'{"signal": [], "signature": "x"}',
     b'{"signal": {"version": NaN}, "signature": "x"}', b"[" * 50_000, b'{"signal": {"a": 1e999}, "signature": ""}',
     b'{"signal": {}, "signature": "\\ud800"}', b"\xff\xfe"],
)  # fmt: skip
async def test_whatever_is_posted_is_no_fault_of_ours(
    client: httpx.AsyncClient, signer: Signer, content: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/signals", content=content, headers=headers, auth=signer.auth())
    assert 400 <= answer.status_code < 500


async def test_feeds_are_listed_in_pages(client: httpx.AsyncClient, signer: Signer) -> None:
    names = [f"Feed {number}" for number in range(5)]
    for name in names:
        await opened(client, signer, name=name)
    seen, after = [], None
    while True:
        query = {"limit": "2", **({"after": after} if after else {})}
        page = (await client.get("/feeds", params=query)).json()
        seen += [feed["name"] for feed in page["data"]]
        after = page["next"]
        if not page["has_more"]:
            break
    assert sorted(seen) == names
    assert (await client.get("/feeds", params={"collective_id": "col_" + "0" * 26})).json()[
        "data"
    ] == []


@pytest.mark.parametrize("after", ["x", "WyJhIiwiYiJd", "WzEsMl0", "é"])
async def test_a_cursor_that_is_not_ours_is_refused(client: httpx.AsyncClient, after: str) -> None:
    answer = await client.get("/feeds", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_the_schema_is_served_as_it_stands(client: httpx.AsyncClient) -> None:
    answer = await client.get("/schemas/signal-v1.json")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["$id"] == "/schemas/signal-v1.json"
