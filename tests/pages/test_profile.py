"""Profiles: the dead stay visible, drafts stay hidden, and nobody's address is shown."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from arena.kit.page import encode_cursor
from arena.kit.signing import SigningKey, to_base64
from arena.marketplace import listings
from arena.people import identity
from arena.people.access import SYSTEM, Actor
from arena.people.identity import Registration
from arena.signals import feeds
from arena.trading import performance
from tests.conftest import Server
from tests.marketplace.market import PRICES, WORDS
from tests.pages.crowd import open_crowd
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.test_leaderboard import rows
from tests.stories.house import House

HOSTILE = "<script>alert(1)</script>\"'"
LINEAGE = feeds.Lineage("1" * 64, "2" * 64, "3" * 64, "4" * 64)


@dataclass(frozen=True)
class Phoenix:
    """A creator whose first feed lost and was closed; `others` are the feeds that he has besides."""

    person_id: str
    email: str
    collective_id: str
    closed: feeds.Feed
    loss: float
    others: int


@pytest.fixture(scope="module")
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=60) as opened:
        yield opened


@pytest.fixture(scope="module")
async def phoenix(crowd: House) -> Phoenix:
    async with crowd.arena.db.transaction() as tx:
        board = await performance.leaderboard(tx)
        losing = next(line for line in board.lines if (line.total_return or 0) < 0)
        feed = await feeds.feed(tx, losing.owner_id)
        collective = await identity.collective(tx, feed.collective_id)
        assert collective.owner_id is not None
        person = await identity.person(tx, collective.owner_id)
        closed = await feeds.close_feed(tx, feed.id, actor=Actor("collective", collective.id))
        count = await tx.fetchval(
            """select count(*) from feed join collective c on c.id = collective_id
               where c.owner_id = $1 and feed.id <> $2""",
            person.id, feed.id,
        )  # fmt: skip
    assert losing.total_return is not None
    return Phoenix(person.id, person.email, collective.id, closed, losing.total_return, count)


@pytest.fixture
async def visitor(crowd: House) -> AsyncIterator[Reader]:
    async with Reader(crowd) as opened:
        yield opened


async def registered(
    house: House, name: str, *, owner_id: str | None = None
) -> identity.Collective:
    async with house.arena.db.transaction() as tx:
        return await identity.register_collective(
            tx, Registration(name, f"About {name}", SigningKey(name[:32].encode().ljust(32, b".")).public, owner_id)
        )  # fmt: skip


async def opened(house: House, collective: identity.Collective, name: str) -> feeds.Feed:
    async with house.arena.db.transaction() as tx:
        return await feeds.open_feed(
            tx, feeds.NewFeed(collective.id, name, "BTC-USD", LINEAGE),
            settings=house.arena.settings, actor=SYSTEM,
        )  # fmt: skip


async def test_profiles_are_drawn_well(crowd: House, phoenix: Phoenix, browser: Browser) -> None:
    await look_at(browser, crowd, f"/profiles/{phoenix.person_id}", "profile-creator")
    await look_at(browser, crowd, f"/profiles/{phoenix.collective_id}", "profile-collective")


async def test_a_profile_with_keys_is_drawn_well(house: House, browser: Browser) -> None:
    async with house.arena.db.transaction() as tx:
        (made, *_) = await identity.collectives(tx, limit=1)
    await look_at(browser, house, f"/profiles/{made.id}", "profile-with-keys")


async def test_a_closed_feed_stays_with_its_record(
    visitor: Reader, phoenix: Phoenix, crowd: House
) -> None:
    """Else the same manager would begin anew after every blow-up, with a clean past."""
    for profile_id in (phoenix.collective_id, phoenix.person_id):
        html = (await visitor.get(f"/profiles/{profile_id}")).text
        (dead,) = [row for row in rows_of(html) if phoenix.closed.id in row]
        said = text_of(dead)
        assert phoenix.closed.name in said
        assert "closed 1 Jan 2026" in said
        assert f"−{abs(phoenix.loss) * 100:.1f} %" in said
        assert "sparkline fall" in dead
        facts = text_of(html.split('<dl class="facts">')[1].split("</dl>")[0])
        assert "Closed 1 Of these, at a loss 1" in facts
    assert f"Opened {phoenix.others + 1} " in facts
    assert html.count("<tr id=") == min(phoenix.others + 1, 50)


def rows_of(html: str) -> list[str]:
    return re.findall(r'<tr id="fd_.*?</tr>', html, re.DOTALL)


async def test_figures_are_those_of_the_leaderboard(
    visitor: Reader, phoenix: Phoenix, crowd: House
) -> None:
    board = {
        row.links[0].partition("#")[2]: row for row in rows((await visitor.get("/arena")).text)
    }
    html = (await visitor.get(f"/profiles/{phoenix.person_id}")).text
    compared = 0
    for row in rows_of(html):
        feed_id = row.split('"')[1]
        if feed_id not in board or board[feed_id].rank is None:
            continue
        cells = [text_of(c).strip() for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        there = board[feed_id].cells
        assert (cells[2], cells[3], cells[4], cells[5]) == (there[4], there[5], there[3], there[7])
        compared += 1
    assert compared > 3


async def test_addresses_and_buyers_are_nobody_s_business(
    visitor: Reader, phoenix: Phoenix, house: House, reader: Reader
) -> None:
    for profile_id in (phoenix.person_id, phoenix.collective_id):
        html = (await visitor.get(f"/profiles/{profile_id}")).text
        assert phoenix.email not in html
        assert "example.org" not in html
    await reader.sign_in()
    assert (await reader.get(f"/profiles/{reader.person_id}")).status_code == 404
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        answer = await creator.get(f"/profiles/{creator.person_id}")
        assert answer.status_code == 200
        assert creator.email not in answer.text
        assert "No feed yet" in text_of(answer.text)
    async with Reader(house) as owner:
        await owner.sign_in()
        made = await registered(house, "Owned by a buyer", owner_id=owner.person_id)
        answer = await owner.get(f"/profiles/{owner.person_id}")
        assert answer.status_code == 200
        assert f"/profiles/{made.id}" in answer.text


@pytest.mark.parametrize(
    "profile_id",
    ["col_00000000000000000000000000", "usr_00000000000000000000000000", "fd_1", "nobody", "usr_", "%3Cscript%3E",
     "usr_%E2%98%83", "x" * 500],
)  # fmt: skip
async def test_an_unknown_profile_is_not_found(visitor: Reader, profile_id: str) -> None:
    answer = await visitor.get(f"/profiles/{profile_id}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text.replace('<script type="module"', "")


async def test_drafts_and_reviews_are_not_revealed(visitor: Reader, crowd: House) -> None:
    made = await registered(crowd, "Drafting")
    feed = await opened(crowd, made, "Secret plan")
    actor = Actor("collective", made.id)
    async with crowd.arena.db.transaction() as tx:
        drafted = await listings.draft(tx, feed_id=feed.id, words=WORDS, tiers=PRICES, actor=actor)
    for status in (listings.Status.SUBMITTED, listings.Status.LISTED, listings.Status.DELISTED):
        html = (await visitor.get(f"/profiles/{made.id}")).text
        assert drafted.id not in html, "not before it is listed"
        assert WORDS.title not in html
        assert "Secret plan" in html, "the feed itself is public"
        async with crowd.arena.db.transaction() as tx:
            await listings.move(tx, drafted.id, status, actor=actor)
        if status is listings.Status.LISTED:
            break
    html = (await visitor.get(f"/profiles/{made.id}")).text
    assert f'href="/listings/{drafted.id}"' in html
    async with crowd.arena.db.transaction() as tx:
        await listings.move(tx, drafted.id, listings.Status.DELISTED, actor=actor)
    assert "· delisted" in text_of((await visitor.get(f"/profiles/{made.id}")).text)


async def test_keys_stand_there_with_their_state(visitor: Reader, crowd: House) -> None:
    made = await registered(crowd, "Two keys")
    second = SigningKey(b"another key of two keys".ljust(32, b"."))
    async with crowd.arena.db.transaction() as tx:
        (first,) = await identity.keys(tx, made.id)
        await identity.add_key(tx, made.id, second.public, by=SYSTEM.id)
        await identity.revoke_key(tx, made.id, first.id, by=SYSTEM.id)
    html = (await visitor.get(f"/profiles/{made.id}")).text
    table = html.split('<h2 id="keys">')[1]
    keys = [text_of(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]]
    assert "revoked" in keys[0]
    assert to_base64(first.public_key) in keys[0]
    assert "active" in keys[1]
    assert to_base64(second.public) in keys[1]


async def test_a_hostile_name_is_text(crowd: House, visitor: Reader, browser: Browser) -> None:
    made = await registered(crowd, HOSTILE)
    await opened(crowd, made, HOSTILE)
    html = (await visitor.get(f"/profiles/{made.id}")).text
    assert "<script>alert" not in html
    async with page_of(browser) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
        await page.goto(f"{crowd.url}/profiles/{made.id}")
        assert await page.locator("h1").inner_text() == HOSTILE
        assert HOSTILE in await page.locator(".feeds tbody th").inner_text()
        assert HOSTILE in await page.title()


async def test_no_feed_is_hidden_behind_many(crowd: House, visitor: Reader) -> None:
    made = await registered(crowd, "Prolific")
    names = {(await opened(crowd, made, f"Feed {number}")).name for number in range(60)}
    path, seen = f"/profiles/{made.id}", []
    while path:
        html = (await visitor.get(path)).text
        assert "Opened 60" in text_of(html)
        seen += [text_of(row).split("BTC-USD")[0].strip() for row in rows_of(html)]
        found = re.search(r'href="([^"]*)" rel="next"', html)
        path = found[1] if found else ""
    assert len(seen) == 60
    assert set(seen) == names
    for after in ("x", encode_cursor("soon", "fd_1"), encode_cursor("2026-01-01", "fd_1")):
        refused = await visitor.get(f"/profiles/{made.id}", params={"after": after})
        assert refused.status_code == 400


async def test_a_profile_is_reached_from_the_board_by_the_keyboard(
    crowd: House, browser: Browser
) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/arena")
        link = page.locator(".board tbody th a").first
        await link.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/profiles/col_*#fd_*")
        assert await page.locator("tr:target").count() == 1
