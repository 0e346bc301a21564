"""The leaderboard: ranked by what is proven, never by return; its changes, orders, pages and empty state."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit.page import encode_cursor
from arena.kit.signing import SigningKey
from arena.people import identity
from arena.people.identity import Registration
from arena.trading import orders, performance, portfolio
from tests.conftest import START, Server
from tests.pages.crowd import open_crowd
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

ACCOUNTS = 120
RESTLESS = "Restless"
ON_A_PAGE = 50


@dataclass(frozen=True)
class Row:
    """A row as it is read: the words of its cells, and what it links to."""

    cells: list[str]
    links: list[str]

    @property
    def rank(self) -> int | None:
        first = self.cells[0].split()[0]
        return int(first) if first.isdigit() else None


@pytest.fixture(scope="module")
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=ACCOUNTS) as opened:
        await restless(opened, times=3)
        yield opened


@pytest.fixture
async def visitor(crowd: House) -> AsyncIterator[Reader]:
    async with Reader(crowd) as opened:
        yield opened


def rows(html: str) -> list[Row]:
    table = html.split("<tbody", 1)[1].split("</table>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        Row(
            [text_of(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)],
            re.findall(r'href="([^"]*)"', row),
        )
        for row in found
    ]  # fmt: skip


def next_page(html: str) -> str:
    found = re.search(r'href="([^"]*)" rel="next"', html)
    return found[1].replace("&amp;", "&") if found else ""


async def whole(visitor: Reader, path: str) -> list[Row]:
    """The rows of all pages."""
    found: list[Row] = []
    while path:
        html = (await visitor.get(path)).text
        found += rows(html)
        path = next_page(html)
    return found


async def boards(house: House) -> tuple[performance.Leaderboard, performance.Leaderboard]:
    """That of a week before, and that of now."""
    async with house.arena.db.transaction(readonly=True) as tx:
        as_of = await performance.last_board_at(tx)
        before = await performance.leaderboard(tx, as_of - timedelta(days=7))
        return before, await performance.leaderboard(tx)


@pytest.mark.parametrize(
    ("path", "name"), [("/arena", "arena"), ("/arena?sort=drawdown", "arena-by-drawdown")]
)
async def test_the_leaderboard_is_drawn_well(
    crowd: House, browser: Browser, path: str, name: str
) -> None:
    await look_at(browser, crowd, path, name)


async def test_the_last_page_is_drawn_well_with_the_unranked(
    crowd: House, visitor: Reader, browser: Browser
) -> None:
    path = next_page((await visitor.get("/arena")).text)
    path = next_page((await visitor.get(path)).text)
    assert "Not ranked yet" in text_of((await visitor.get(path)).text)
    await look_at(browser, crowd, path, "arena-unranked")


async def test_the_first_days_are_drawn_well(house: House, browser: Browser) -> None:
    await look_at(browser, house, "/arena", "arena-first-days")
    async with Reader(house) as reader:
        said = text_of((await reader.get("/arena")).text)
    # Others may have played the house on meanwhile; accounts open on its first day or on the next.
    played = (house.arena.db.clock.now().date() - START.date()).days
    assert f"{played} of 30 days" in said or f"{played + 1} of 30 days" in said, played
    before, _ = await boards(house)
    ranked = any(line.rank is not None for line in before.lines)
    assert ("change in seven days" in said) is ranked, "only who had a rank can have changed it"


async def test_before_the_first_midnight_the_board_says_when_it_opens(
    server: Server, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    async with open_crowd(server, tmp_path_factory.mktemp("bare"), listings=0) as bare:
        await look_at(browser, bare, "/arena", "arena-empty")


async def test_ranked_by_the_lower_bound_with_the_unranked_below(
    visitor: Reader, crowd: House
) -> None:
    _, board = await boards(crowd)
    shown = await whole(visitor, "/arena")
    assert len(shown) == len(board.lines) == ACCOUNTS + 1
    assert [row.rank for row in shown] == [line.rank for line in board.lines]
    unranked = [row for row in shown if row.rank is None]
    assert len(unranked) == sum(line.rank is None for line in board.lines) >= 4
    assert all("12 of 30 days" in row.cells[3] for row in unranked)
    top, line = shown[0], board.lines[0]
    assert line.sharpe is not None
    assert line.total_return is not None
    assert line.max_drawdown is not None
    assert line.volatility is not None
    figures = [
        f"{line.sharpe:.2f} {line.sharpe_low:.2f} … {line.sharpe_high:.2f}",
        f"{line.total_return * 100:+.1f} %", f"−{line.max_drawdown * 100:.1f} %",
        f"{line.volatility * 100:.1f} %", str(line.daily_returns),
    ]  # fmt: skip
    assert top.cells[3:8] == figures
    assert top.links[0].endswith(f"#{line.owner_id}")
    assert top.links[0].startswith("/profiles/col_")
    assert top.links[1].startswith("/listings/lst_")
    assert top.cells[8].isdigit()


async def test_a_rank_stands_beside_its_change_in_seven_days(visitor: Reader, crowd: House) -> None:
    before, now = await boards(crowd)
    was = {line.account_id: line.rank for line in before.lines}
    moves = set()
    for row, line in zip(await whole(visitor, "/arena"), now.lines, strict=True):
        if line.rank is None:
            continue
        then = was.get(line.account_id)
        if then is None:
            expected = "new"
        elif then == line.rank:
            expected = "= as before"
        else:
            word = "risen by" if then > line.rank else "fallen by"
            expected = f"{word} {abs(then - line.rank)}"
        moves.add(expected.split()[0])
        assert row.cells[0] == f"{line.rank} {expected}"
    assert {"risen", "fallen"} <= moves


@pytest.mark.parametrize(
    ("sort", "column", "direction"),
    [("drawdown", 5, "ascending"), ("volatility", 6, "ascending"), ("days", 7, "descending")],
)
async def test_other_orders_are_links_and_say_so(
    visitor: Reader, sort: str, column: int, direction: str
) -> None:
    html = (await visitor.get(f"/arena?sort={sort}")).text
    assert html.count("aria-sort") == 1
    assert f'aria-sort="{direction}"><a href="/arena?sort={sort}"' in html
    ranked = [row for row in await whole(visitor, f"/arena?sort={sort}") if row.rank is not None]
    figures = [abs(float(re.sub(r"[^\d.]", "", row.cells[column]))) for row in ranked]
    assert figures == sorted(figures, reverse=direction == "descending")
    assert sorted(row.rank or 0 for row in ranked) == list(range(1, len(ranked) + 1))


async def test_nothing_is_sorted_by_return(visitor: Reader) -> None:
    first = (await visitor.get("/arena")).text
    offered = set(re.findall(r'href="/arena\?sort=(\w+)"', first))
    assert offered == {"drawdown", "volatility", "days"}
    for sort in ("return", "total_return", "sharpe", "x" * 40, "<script>"):
        answer = await visitor.get("/arena", params={"sort": sort})
        assert rows(answer.text) == rows(first)


async def test_pages_go_on_where_the_last_ended_and_refuse_what_is_not_theirs(
    visitor: Reader,
) -> None:
    first = (await visitor.get("/arena")).text
    second = (await visitor.get(next_page(first))).text
    assert len(rows(first)) == ON_A_PAGE
    assert rows(second)[0].rank == ON_A_PAGE + 1
    assert '<a href="/arena">First page</a>' in second
    for after in ("x", encode_cursor("days", 50), encode_cursor("rank", -1), encode_cursor(50)):
        refused = await visitor.get("/arena", params={"after": after})
        assert refused.status_code == 400
        assert "Start from the first page" in text_of(refused.text)


async def test_what_is_not_on_the_market_has_no_listing_here(visitor: Reader, crowd: House) -> None:
    _, board = await boards(crowd)
    feed_id = board.lines[0].owner_id
    async with crowd.arena.db.transaction() as tx:
        listing_id = await tx.fetchval(
            "update listing set status = 'submitted' where feed_id = $1 returning id", feed_id
        )
    top = rows((await visitor.get("/arena")).text)[0]
    assert not any("/listings/" in link for link in top.links)
    assert top.cells[8] == "–"
    async with crowd.arena.db.transaction() as tx:
        await tx.execute("update listing set status = 'listed' where id = $1", listing_id)
    assert f"/listings/{listing_id}" in rows((await visitor.get("/arena")).text)[0].links


async def test_the_board_is_looked_at_by_period_venue_and_instrument(
    visitor: Reader, crowd: House
) -> None:
    html = (await visitor.get("/arena")).text
    filters = html.split('<nav class="filters"')[1].split("</nav>")[0]
    offered = set(re.findall(r'href="(/arena[^"]*)"', filters))
    assert {"/arena?days=30", "/arena?days=90", "/arena?days=365", "/arena?venue=live"} <= offered
    assert filters.count('aria-current="true"') == 2, "the whole record, on paper and live"
    month = (await visitor.get("/arena?days=30&sort=days")).text
    for row in rows(month):
        assert row.rank is None or row.cells[7] == "30"
    assert "/arena?sort=days&amp;days=30&amp;venue=paper" in month, "one choice keeps the others"
    assert next_page(month).startswith("/arena?sort=days&days=30&after=")
    async with crowd.arena.db.transaction() as tx:
        account_id = await tx.fetchval("select id from account order by id limit 1")
        await tx.execute("update account set venue = 'binance' where id = $1", account_id)
    live = (await visitor.get("/arena?venue=live&days=365")).text
    assert len(rows(live)) == 1
    assert "· live" in rows(live)[0].cells[1]
    async with crowd.arena.db.transaction() as tx:
        await tx.execute("update account set venue = 'paper' where id = $1", account_id)
    nobody = text_of((await visitor.get("/arena?venue=live&days=90")).text)
    assert "Nobody stands here" in nobody
    assert "The whole board" in nobody
    for odd in ("days=31", "venue=moon", "symbol=NONE", "days=30;", "symbol=%00"):
        answer = await visitor.get(f"/arena?{odd}")
        assert answer.status_code in (200, 422), odd
        if answer.status_code == 200:
            assert len(rows(answer.text)) == ON_A_PAGE, "what there is not is the usual board"


async def test_an_account_begun_anew_says_so(
    crowd: House, visitor: Reader, browser: Browser
) -> None:
    """Else whoever starts over after every bad month would stand there as new."""
    shown = await whole(visitor, "/arena")
    (row,) = [row for row in shown if row.cells[1].startswith(RESTLESS)]
    assert "begun anew, 2 before" in row.cells[1]
    path = row.links[0].split("#")[0]
    profile = (await visitor.get(path)).text
    accounts = profile.split('id="accounts"')[1].split("</section>")[0]
    assert accounts.count('<tr id="acc_') == 3
    assert accounts.count(">closed<") == 2
    events = text_of(profile.split('id="events"')[1].split("</section>")[0])
    assert "Begun anew on paper: account 3, with 100,000 USD" in events
    assert "Account 1 closed on paper" in events
    assert "rescaled" in text_of(accounts), "the last one was opened with another amount"
    await look_at(browser, crowd, path, "profile-begun-anew")


async def restless(house: House, *, times: int) -> None:
    """A collective that closed every account but the last; each was marked for some days."""
    async with house.arena.db.transaction() as tx:
        made = await identity.register_collective(
            tx, Registration(RESTLESS, "", SigningKey(RESTLESS.encode().ljust(32, b".")).public)
        )
        now = tx.now
        for number in range(1, times + 1):
            tx.now = now - timedelta(days=40 * (times + 1 - number))
            cash = 50_000 if number == 2 else 100_000
            account = await orders.own_account(tx, made.id, cash)
            await tx.execute(
                """insert into equity_mark select $1, $2::timestamptz + n * interval '1 day',
                     $3::numeric * (1 + 0.01 * sin(n)::numeric), 1, 0 from generate_series(1, 38) n""",
                account.id, tx.now.replace(hour=0), cash,
            )  # fmt: skip
            if number < times:
                tx.now += timedelta(days=39)
                await portfolio.close_account(tx, account.id)


async def test_the_legend_stands_with_the_figures(visitor: Reader) -> None:
    html = (await visitor.get("/arena")).text
    board = html.split('<section class="board"')[1].split("</section>")[0]
    assert "Hypothetical performance." in board.split("<table")[0]


async def test_on_a_phone_orders_are_chosen_above_the_board(crowd: House, browser: Browser) -> None:
    async with page_of(browser, look="phone", scripts=False) as page:
        await page.goto(f"{crowd.url}/arena")
        await page.get_by_role("navigation", name="Order").get_by_role("link", name="Days").click()
        await page.wait_for_url("**/arena?sort=days")
        assert await page.locator('nav.sorts a[aria-current="true"]').inner_text() == "Days"
