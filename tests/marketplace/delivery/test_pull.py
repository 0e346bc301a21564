"""GET /signals over a real socket: who gets what, pages, ETags, and how quickly a revocation shows."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.types import Message

from arena.kit.settings import Settings
from arena.marketplace.delivery import Delivery
from arena.money import usage
from arena.people.access import SYSTEM, NewApiKey, create_api_key, revoke_api_key
from tests.http import make_app, person
from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    Served,
    end_subscription,
    entitle,
    open_parts,
    serve_parts,
    subscriber,
    until,
)
from tests.people.signer import Recipe, Signer


def _seen(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [item["sequence"] for item in answer.json()["data"]]


async def test_pages_follow_each_other_without_gap_or_repeat(
    served: Served, publisher: Publisher
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    await publisher.publish(7)
    seen: list[int] = []
    after = ""
    for _ in range(3):
        page = await served.get(f"/signals?model_id={publisher.feed_id}&limit=3{after}", key)
        seen += _seen(page)
        after = f"&after={page.json()['next']}"
    assert seen == list(range(1, 8))
    assert page.json()["has_more"] is False
    assert page.json()["next"] is None


async def test_after_may_be_a_sequence(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    await publisher.publish(4)
    assert _seen(await served.get(f"/signals?model_id={publisher.feed_id}&after=2", key)) == [3, 4]


async def test_an_item_proves_itself(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    [made] = await publisher.publish()
    page = await served.get(f"/signals?model_id={publisher.feed_id}", key)
    [item] = page.json()["data"]
    assert item["signal"] == made.body
    assert item["hash"] == made.hash
    assert item["salt"] == made.salt.hex()
    assert item["log_index"] == made.log_index
    assert page.headers["content-type"] == "application/json"
    assert page.headers["ratelimit-policy"] == '"signals";q=1200;w=60'


async def test_a_new_signal_is_on_the_next_page_asked_for(
    served: Served, publisher: Publisher
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    for count in range(1, 6):
        await publisher.publish()
        page = await served.get(f"/signals?model_id={publisher.feed_id}", key)
        assert _seen(page) == list(range(1, count + 1))


async def test_an_unchanged_page_costs_a_304(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    await publisher.publish(2)
    path = f"/signals?model_id={publisher.feed_id}"
    first = await served.get(path, key)
    again = await served.get(path, {**key, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    await publisher.publish()
    changed = await served.get(path, {**key, "If-None-Match": f"W/{first.headers['etag']}"})
    assert _seen(changed) == [1, 2, 3]


async def test_basic_gets_past_days_without_rationale(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "basic")
    await publisher.publish(2)
    path = f"/signals?model_id={publisher.feed_id}"
    assert _seen(await served.get(path, key)) == []
    served.parts.clock.move_to(datetime(2021, 9, 28, tzinfo=UTC))
    await publisher.publish()
    page = await served.get(path, key)
    assert _seen(page) == [1, 2]
    for item in page.json()["data"]:
        assert item["signal"]["rationale"] is None
        assert item["salt"] is None
        assert item["hash"]


async def test_no_page_of_one_tier_reaches_another(served: Served, publisher: Publisher) -> None:
    _, pro = await subscriber(served.parts, publisher, "pro")
    _, basic = await subscriber(served.parts, publisher, "basic")
    await publisher.publish(3)
    path = f"/signals?model_id={publisher.feed_id}"
    assert _seen(await served.get(path, pro)) == [1, 2, 3]
    assert _seen(await served.get(path, basic)) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("model_id=FEED&model_id=FEED", 422),
        ("model_id=FEED&limit=0", 422),
        ("model_id=FEED&limit=501", 422),
        ("model_id=FEED&limit=ten", 422),
        ("model_id=FEED&after=%00", 400),
        ("model_id=FEED&after=bm90IG91cnM", 400),
        ("model_id=FEED&after=99999999999999999999", 400),
        ("model_id=%00", 422),
        ("model_id=fd_nothing", 404),
        ("model_id=lst_nothing", 404),
        ("model_id=FEED&after=4611686018427387904", 200),
    ],
)
async def test_every_query_has_an_answer(
    served: Served, publisher: Publisher, query: str, status: int
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    answer = await served.get("/signals?" + query.replace("FEED", publisher.feed_id), key)
    assert answer.status_code == status, answer.text


async def test_strangers_are_shown_the_way(served: Served, publisher: Publisher) -> None:
    path = f"/signals?model_id={publisher.feed_id}"
    _, unpaid = await person(served.parts.db)
    for headers in (None, unpaid):
        answer = await served.get(path, headers)
        assert answer.status_code == 402
        assert answer.json()["code"] == "payment_required"
        assert answer.json()["listing_url"].startswith("/market/listings/lst_")
    assert (await served.get(path, {"Authorization": "Bearer ak_wrong"})).status_code == 401
    assert (await served.get("/signals?model_id=fd_nothing")).status_code == 404


async def test_a_key_without_the_scope_is_refused(served: Served, publisher: Publisher) -> None:
    person_id, _ = await subscriber(served.parts, publisher, "pro")
    async with served.parts.db.transaction() as tx:
        vault = served.parts.settings.vault
        narrow = NewApiKey(person_id, "narrow", {"portfolio:read"})
        _, secret = await create_api_key(tx, vault, narrow)
    answer = await served.get(
        f"/signals?model_id={publisher.feed_id}", {"Authorization": f"Bearer {secret}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_a_feed_that_is_not_on_offer_is_for_its_owner(
    served: Served, publisher: Publisher
) -> None:
    owner_id, owner = await person(served.parts.db)
    private = await Publisher(served.parts, "Turtle Bay").open(owner_id)
    await private.publish(2)
    path = f"/signals?model_id={private.feed_id}"
    assert _seen(await served.get(path, owner)) == [1, 2]
    _, other = await person(served.parts.db)
    assert (await served.get(path, other)).status_code == 403
    assert (await served.get(path)).status_code == 403


async def test_a_revoked_key_is_refused_at_once(served: Served, publisher: Publisher) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    path = f"/signals?model_id={publisher.feed_id}"
    assert _seen(await served.get(path, key)) == []
    async with served.parts.db.transaction() as tx:
        api_key_id = await tx.fetchval("select id from api_key where person_id = $1", person_id)
        await revoke_api_key(tx, person_id, api_key_id)
    assert (await served.get(path, key)).status_code == 401


async def test_the_end_of_an_entitlement_shows_at_once(
    served: Served, publisher: Publisher
) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    path = f"/signals?model_id={publisher.feed_id}"
    assert _seen(await served.get(path, key)) == []
    await end_subscription(served.parts, publisher, person_id)
    assert (await served.get(path, key)).status_code == 402
    await entitle(served.parts, publisher, person_id, "pro", days=1)
    assert _seen(await served.get(path, key)) == []
    served.parts.clock.move_to(served.parts.clock.now() + timedelta(days=1))
    assert (await served.get(path, key)).status_code == 402


async def test_without_any_news_a_revocation_shows_within_a_second(
    parts: Parts, publisher: Publisher
) -> None:
    """The change is made by a process whose news does not arrive."""
    _, key = await subscriber(parts, publisher, "pro")
    path = f"/signals?model_id={publisher.feed_id}"
    async with serve_parts(parts) as served:
        assert _seen(await served.get(path, key)) == []
        await parts.db.pool.execute("update subscription set status = 'ended'")

        async def refused() -> bool:
            return (await served.get(path, key)).status_code == 402

        await until(refused, within_s=1)


async def test_news_from_another_process_is_heard(
    database_url: str, settings: Settings, served: Served, publisher: Publisher
) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    path = f"/signals?model_id={publisher.feed_id}"
    assert _seen(await served.get(path, key)) == []
    async with open_parts(database_url, settings) as other:
        await until(lambda: other.bus.connected)
        there = Publisher(other)
        there.feed_id = publisher.feed_id
        await there.publish(1)

        async def shown() -> bool:
            return _seen(await served.get(path, key)) == [1]

        await until(shown, within_s=0.5)
        await end_subscription(other, publisher, person_id)

        async def refused() -> bool:
            return (await served.get(path, key)).status_code == 402

        await until(refused, within_s=0.5)


async def test_too_many_pulls_are_told_to_wait(parts: Parts, publisher: Publisher) -> None:
    parts.settings.rate_caller_per_min = 3
    _, key = await subscriber(parts, publisher, "pro")
    path = f"/signals?model_id={publisher.feed_id}"
    async with serve_parts(parts) as served:
        answers = [await served.get(path, key) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert [a.headers["ratelimit"].split(";")[1] for a in answers] == [
        "r=2",
        "r=1",
        "r=0",
        "r=0",
        "r=0",
    ]
    assert 0 < int(answers[4].headers["retry-after"]) <= 60


async def test_guessing_keys_is_limited_by_address(parts: Parts, publisher: Publisher) -> None:
    parts.settings.rate_anonymous_per_min = 3
    path = f"/signals?model_id={publisher.feed_id}"
    async with serve_parts(parts) as served:
        tries = [await served.get(path, {"Authorization": f"Bearer ak_{i}"}) for i in range(5)]
    assert [t.status_code for t in tries] == [401, 401, 401, 429, 429]


async def test_a_signed_pull_cannot_be_sent_again(served: Served, publisher: Publisher) -> None:
    """The feed's own collective is entitled as its owner."""
    await publisher.publish(2)
    path = f"/signals?model_id={publisher.feed_id}"
    recipe = Recipe("GET", served.parts.settings.origin + path)
    headers = Signer(publisher.secret).headers(recipe)
    assert _seen(await served.get(path, headers)) == [1, 2]
    again = await served.get(path, headers)
    assert again.json()["code"] == "signature_replayed"


async def test_pages_beyond_the_end_do_not_fill_the_memory(
    served: Served, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty page has a short body, but to keep it costs more than that."""
    monkeypatch.setattr("arena.marketplace.delivery.pages.BYTES_MAX", 10_000)
    _, key = await subscriber(served.parts, publisher, "pro")
    for after in range(100, 120):
        assert (
            _seen(await served.get(f"/signals?model_id={publisher.feed_id}&after={after}", key))
            == []
        )
    assert 0 < len(served.delivery.pages._kept) < 10


async def test_of_two_authorization_headers_it_is_the_first_that_counts(
    served: Served, publisher: Publisher
) -> None:
    """Else the second would be kept as a key that opens."""
    _, key = await subscriber(served.parts, publisher, "pro")
    path, stray = f"/signals?model_id={publisher.feed_id}", ("Authorization", "Bearer ak_stray")
    async with httpx.AsyncClient(base_url=served.origin, trust_env=False) as client:
        both = await client.get(path, headers=[*key.items(), stray])
        assert both.status_code == 200
        assert (await client.get(path, headers=[stray])).status_code == 401


async def test_strangers_of_one_ipv6_network_are_counted_together(
    parts: Parts, publisher: Publisher
) -> None:
    parts.settings.rate_anonymous_per_min = 2
    app = make_app(parts.db, parts.settings)
    app.router.routes.extend(Delivery(parts).routes())
    seen = []
    for last in range(1, 5):
        transport = httpx.ASGITransport(app, client=(f"2001:db8::{last}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://arena") as client:
            seen.append((await client.get(f"/signals?model_id={publisher.feed_id}")).status_code)
    assert seen == [402, 402, 429, 429]


async def test_who_goes_away_before_he_is_answered_does_not_pay_and_holds_nothing(
    parts: Parts, publisher: Publisher
) -> None:
    _, key = await subscriber(parts, publisher, "pro")
    await publisher.publish()
    async with parts.db.transaction() as tx:
        caller = await tx.fetchval("select person_id from api_key limit 1")
        await usage.open_plan(tx, usage.NewPlan(caller, cap=100), actor=SYSTEM)
    meter = usage.Meter(parts.db)
    pull = Delivery(parts, meter)._pull
    scope = {
        "type": "http", "method": "GET", "path": "/signals", "client": ("127.0.0.1", 1), "state": {},
        "query_string": f"model_id={publisher.feed_id}".encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in key.items()],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def gone(_: Message) -> None:
        raise ConnectionResetError

    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            await pull(scope, receive, gone)
    [slot] = [slot for slot, _ in meter._known.values() if slot is not None]
    assert slot.under_way == 0
    left = slot.left
    with pytest.raises(ConnectionResetError):
        await pull(scope, receive, gone)
    assert slot.left == left
    await meter.close()
    async with parts.db.transaction() as tx:
        assert await tx.fetchval("select count(*) from usage_event") == 0
        assert await tx.fetchval("select count(*) from usage_lease where units > 0") == 0
