"""A browser's session: good for pulls, and for streams that our own pages open."""

import httpx

from arena.people.access import COOKIE, close_session, open_session
from arena.people.identity import person
from tests.marketplace.delivery.stage import Publisher, Served, closed, hear, subscriber


async def _signed_in(served: Served, publisher: Publisher) -> tuple[str, str]:
    person_id, _ = await subscriber(served.parts, publisher, "pro")
    async with served.parts.db.transaction() as tx:
        who = await person(tx, person_id)
        return person_id, await open_session(tx, served.parts.settings.vault, who)


async def test_a_session_pulls(served: Served, publisher: Publisher) -> None:
    _, token = await _signed_in(served, publisher)
    await publisher.publish(2)
    page = await served.get(
        f"/signals?model_id={publisher.feed_id}", {"Cookie": f"{COOKIE}={token}"}
    )
    assert [item["sequence"] for item in page.json()["data"]] == [1, 2]


async def test_our_own_pages_open_a_stream_and_it_ends_with_the_session(
    served: Served, publisher: Publisher
) -> None:
    _, token = await _signed_in(served, publisher)
    headers = {"Cookie": f"{COOKIE}={token}"}
    query = f"model_id={publisher.feed_id}"
    async with served.stream(query, headers, origin=served.parts.settings.origin) as socket:
        await hear(socket, "caught_up")
        async with served.parts.db.transaction() as tx:
            await close_session(tx, served.parts.settings.vault, token)
        assert (await closed(socket, within_s=1))[0] == 4401


async def test_another_sites_page_cannot_use_the_session(
    served: Served, publisher: Publisher
) -> None:
    _, token = await _signed_in(served, publisher)
    headers = {"Cookie": f"{COOKIE}={token}"}
    query = f"model_id={publisher.feed_id}"
    async with served.stream(query, headers, origin="https://elsewhere.example") as socket:
        await socket.send('{"type": "ping"}')
        assert (await hear(socket, "error"))["code"] == "bad_message"
        assert (await closed(socket))[0] == 4400


async def test_a_head_request_has_no_body(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    async with httpx.AsyncClient(base_url=served.origin, trust_env=False, headers=key) as client:
        head = await client.head(f"/signals?model_id={publisher.feed_id}")
        assert (head.status_code, head.content) == (200, b"")
        page = await client.get(f"/signals?model_id={publisher.feed_id}")
        assert page.headers["etag"] == head.headers["etag"]
