"""One subscription and its live feed: what the entitled see, and how it ends."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from arena.marketplace import subscriptions
from arena.people import access
from tests.pages.live_events import live
from tests.pages.own_feed import OwnFeed, actor_of, own_feed
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

NEWS_S = 10
"""An end that comes so soon came by news: a stream that hears none looks for itself only every HEARTBEAT_S, 15 s."""


@pytest.fixture
async def feed(house: House) -> OwnFeed:
    return await own_feed(house)


def stream_of(feed: OwnFeed, after: int | None = None) -> str:
    return f"/live/feeds/{feed.feed_id}" + ("" if after is None else f"?after={after}")


async def test_the_page_shows_the_newest_signals_in_words_and_numbers(
    reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await feed.publish("0.5", "0.625", "0.2", "0", "0")
    page = await reader.get(f"/subscriptions/{mine.id}")
    assert page.status_code == 200
    words = text_of(page.text)
    for said in (
        "#5 flat",
        "long 20 %",
        "long 62.5 %",
        "long 50 %",
        "42.5 points less",
        "12.5 points more",
        "unchanged",
        "first signal",
    ):
        assert said in words, said
    assert page.text.index('id="signal-5"') < page.text.index('id="signal-1"'), "newest first"
    assert "Because of &lt;b&gt;5&lt;/b&gt;." in page.text, "what others wrote is escaped"
    assert 'href="/log/entries/' in page.text


async def test_a_signal_that_is_not_valid_any_more_says_so(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    now = house.arena.db.clock.now()
    await feed.publish("0.5", valid_until=now + timedelta(minutes=10))
    await feed.publish("0.75", limit_price=Decimal(40_000), stop_price=Decimal("31234.5"))
    await house.player.step()
    page = (await reader.get(f"/subscriptions/{mine.id}")).text
    assert page.count('class="signal is-over"') == 1
    assert 'class="signal" id="signal-2"' in page
    assert "limit 40,000 · stop 31,234.5" in page


async def test_a_feed_that_its_collective_has_closed_says_so(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with house.arena.db.transaction() as tx:
        await tx.execute("update feed set status = 'closed' where id = $1", feed.feed_id)
    assert "has closed this feed" in (await reader.get(f"/subscriptions/{mine.id}")).text


async def test_older_signals_are_a_page_away_and_no_signal_is_lost_between(
    reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await feed.publish(*["0.5"] * 120)
    seen: list[int] = []
    path = f"/subscriptions/{mine.id}"
    while path:
        page = await reader.get(path)
        found = [int(part.partition('"')[0]) for part in page.text.split('data-sequence="')[1:]]
        assert found == sorted(found, reverse=True)
        seen += found
        assert "Missing:" not in page.text.replace("<template data-row", "\0").split("\0")[0]
        nexts = page.text.partition("?before=")[2].partition("#")[0]
        path = f"/subscriptions/{mine.id}?before={nexts}" if nexts else ""
    assert seen == list(range(120, 0, -1))


async def test_a_foreign_subscription_is_not_found_and_strangers_sign_in_first(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with Reader(house) as other:
        assert "/sign-in" in str((await other.get(f"/subscriptions/{mine.id}")).url)
        await other.sign_in()
        page = await other.get(f"/subscriptions/{mine.id}")
        assert page.status_code == 404
        assert "no such subscription" in page.text
        refused = await other.get(stream_of(feed))
        assert refused.status_code == 402
        assert f"/listings/{feed.listing_id}" in refused.text
        assert (await other.get("/live/feeds/fd_" + "0" * 26)).status_code == 403
        assert (await other.get("/live/feeds/nonsense")).status_code == 422


async def test_two_readers_get_each_signal_once_in_sequence(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    async with Reader(house) as other:
        await other.sign_in()
        await feed.subscribe(other)
        async with live(reader, stream_of(feed)) as one, live(other, stream_of(feed)) as two:
            await asyncio.gather(one.next("beat"), two.next("beat"))
            await feed.publish("0.5", "0", "1")
            assert await one.sequences(3) == await two.sequences(3) == [1, 2, 3]
            assert [e.data for e in one.heard if e.name == "signal"] == [
                e.data for e in two.heard if e.name == "signal"
            ]


async def test_whoever_comes_again_goes_on_where_he_was_without_gap_or_repeat(
    reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    await feed.publish(*["0.5", "0"] * 60)
    async with live(reader, stream_of(feed, 100)) as first:
        assert await first.sequences(20) == list(range(101, 121))
        await first.next("beat")
    await feed.publish("1")
    headers = {"Last-Event-ID": "120"}
    async with live(reader, stream_of(feed, 100), **headers) as again:
        assert await again.sequences(1) == [121]
        await feed.publish("0")
        row = await again.next("signal")
        assert row.id == "122"
        assert "100 points less" in row.data, "compared with the one before, also at the seam"
    async with live(reader, stream_of(feed, 0)) as all_of_it:
        assert await all_of_it.sequences(122) == list(range(1, 123))


@pytest.mark.parametrize("count", [0, 1, 50, 51, 100])
async def test_after_catching_up_a_beat_says_that_this_is_all(
    reader: Reader, feed: OwnFeed, count: int
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    await feed.publish(*["0.5"] * count)
    async with live(reader, stream_of(feed, 0)) as stream:
        assert await stream.sequences(count) == list(range(1, count + 1))
        assert await stream.next("beat", within_s=2)
        with pytest.raises(TimeoutError):
            await stream.any(within_s=0.3)


async def test_a_row_of_the_stream_is_the_row_of_the_page(reader: Reader, feed: OwnFeed) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with live(reader, stream_of(feed)) as stream:
        await feed.publish("0.5")
        row = await stream.next("signal")
    page = await reader.get(f"/subscriptions/{mine.id}")
    squeezed = " ".join(page.text.split())
    assert " ".join(row.data.split()) in squeezed


@pytest.mark.parametrize("how", ["canceled", "taken down", "paid for no more"])
async def test_the_stream_ends_with_the_news_of_the_entitlements_end(
    house: House, reader: Reader, feed: OwnFeed, how: str
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    db = house.arena.db
    async with live(reader, stream_of(feed)) as stream:
        await stream.next("beat")
        if how == "canceled":
            await subscriptions.cancel(
                db, house.arena.gateway, mine.id, at="now", actor=actor_of(reader)
            )
        elif how == "taken down":
            await feed.take_down()
        else:
            async with db.transaction() as tx:
                await tx.execute(
                    "update subscription set status = 'past_due', access_until = $2 where id = $1",
                    mine.id, tx.now,
                )  # fmt: skip
                tx.tell(f"entitlement:{mine.person_id}:{mine.feed_id}")
        ended = await stream.next("ended", within_s=NEWS_S)
        words = {
            "canceled": "You canceled it.", "taken down": "The operator took the listing off",
            "paid for no more": "The renewal is not paid",
        }  # fmt: skip
        assert words[how] in ended.data
        await feed.publish("1")
        await stream.over(within_s=NEWS_S)
    assert (await reader.get(stream_of(feed))).status_code in (402, 403)


async def test_the_stream_ends_with_the_grant_by_the_product_clock(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    """Canceled for the period's end, which the tape then passes: no news but the clock's tells of it."""
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with house.arena.db.transaction() as tx:
        until = tx.now + timedelta(minutes=20)
        await tx.execute(
            """update subscription set cancel_at_period_end = true, period_end = $2, access_until = $2,
                 charge_at = null where id = $1""",
            mine.id, until,
        )  # fmt: skip
    async with live(reader, stream_of(feed)) as stream:
        await stream.next("beat")
        assert await house.player.step()  # 15 minutes: not yet
        await feed.publish("0.5")
        assert await stream.sequences(1) == [1]
        assert await house.player.step()
        assert house.arena.db.clock.now() >= until
        ended = await stream.next("ended", within_s=NEWS_S)
        assert "You canceled it." in ended.data
        await stream.over()


async def test_signing_out_ends_the_stream_and_another_session_goes_on(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    async with Reader(house) as elsewhere:
        answer = await elsewhere.client.post(
            "/sessions", json={"email": reader.email, "password": "four words in a row"}
        )
        assert answer.status_code == 201
        async with live(reader, stream_of(feed)) as here, live(elsewhere, stream_of(feed)) as there:
            await asyncio.gather(here.next("beat"), there.next("beat"))
            token = reader.client.cookies[access.COOKIE]
            async with house.arena.db.transaction() as tx:
                await access.close_session(tx, house.arena.settings.vault, token)
            ended = await here.next("ended", within_s=NEWS_S)
            assert "You are signed out." in ended.data
            await here.over()
            await feed.publish("0.5")
            assert await there.sequences(1) == [1]


async def test_basic_gets_whole_past_days_without_the_rationale(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader, "basic")
    await feed.publish("0.5", "0.25")
    page = await reader.get(f"/subscriptions/{mine.id}")
    assert 'data-sequence="' not in page.text, "today is not over"
    assert "No past day with a signal yet." in page.text
    assert (await reader.get("/")).status_code == 200
    async with live(reader, stream_of(feed, 0)) as stream:
        await stream.next("beat")
        await feed.publish("0.75")
        now = house.arena.db.clock.now()
        midnight = now.replace(hour=0, minute=0) + timedelta(days=1)
        with pytest.raises(TimeoutError):
            await stream.next("signal", within_s=0.4)
        await house.play_until(midnight)
        assert await stream.sequences(3) == [1, 2, 3]
        assert all("Because of" not in event.data for event in stream.heard)
        await feed.publish("1")
        with pytest.raises(TimeoutError):
            await stream.next("signal", within_s=0.4)
    page = await reader.get(f"/subscriptions/{mine.id}")
    assert "Because of" not in page.text
    assert page.text.count('data-sequence="') == 3


async def test_the_streams_of_one_person_are_bounded(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    most = house.arena.settings.stream_sockets_max
    async with asyncio.timeout(20):
        opened = [live(reader, stream_of(feed)) for _ in range(most)]
        streams = [await each.__aenter__() for each in opened]
        refused = await reader.get(stream_of(feed))
        assert refused.status_code == 429
        assert f"{most} live pages open" in text_of(refused.text)
        assert refused.headers["retry-after"] == "5"
        for each in opened:
            await each.__aexit__(None, None, None)
        assert streams
    async with asyncio.timeout(5):
        while (await reader.client.head(stream_of(feed))).status_code == 429:
            await asyncio.sleep(0.05)


async def test_a_head_request_is_answered_at_once(reader: Reader, feed: OwnFeed) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    async with asyncio.timeout(3):
        head = await reader.client.head(stream_of(feed))
    assert (head.status_code, head.content) == (200, b"")
