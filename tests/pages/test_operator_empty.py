"""The operator's pages of an arena in which nothing has happened yet: not even a tape has been opened."""

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from arena.web.pages.operator import ROUTES
from tests.http import make_client, person
from tests.pages.reader import text_of


async def page_of(client: httpx.AsyncClient, db: Database, path: str) -> str:
    _, headers = await person(db, "operator")
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/operator",
            ("No tape has been opened yet", "nothing waits", "Ledger sum $0", "to nobody"),
        ),
        ("/operator/review", ("Nothing waits for review", "What was approved")),
        ("/operator/review?state=approved", ("None so far",)),
        ("/operator/review?state=rejected", ("None so far",)),
        ("/operator/review/changes", ("No words wait to be looked at",)),
        ("/operator/audit?action=moderation.*", ("No line fits",)),
        ("/operator/dead-letters", ("No dead letters",)),
        (
            "/operator/health",
            ("The arena is not ready", "no tape has been opened yet", "Start a worker"),
        ),
    ],
)
async def test_a_page_of_nothing_says_so(
    db: Database, settings: Settings, path: str, words: tuple[str, ...]
) -> None:
    async with make_client(db, settings, *ROUTES) as client:
        page = await page_of(client, db, path)
    for said in words:
        assert said in page, said


async def test_a_tape_that_is_over_offers_no_pace(db: Database, settings: Settings) -> None:
    async with db.transaction() as tx:
        await market.open_tape(tx, market.sample_source("for a test"), "pause")
    async with make_client(db, settings, *ROUTES) as client:
        paused = await page_of(client, db, "/operator")
        assert "paused until another pace is chosen" in paused
        assert "As fast as it can" in paused
        async with db.transaction() as tx:
            await market.end_tape(tx)
        for path in ("/operator", "/operator/health"):
            over = await page_of(client, db, path)
            assert "ended nothing new will happen" in over
            assert "As fast as it can" not in over
