"""Language models by the command alone: hired, informed, shown, replayed and dismissed, beside a worker that plays."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ARENA, Ended, arena, environment
from tests.signals.strategists.language_model.messages_api import (
    Call,
    MessagesApi,
    Said,
    decide,
    serving,
)

PATIENCE_S = 120
FEED = "fd_"


async def say(home: Path, *words: str, **more: str) -> Ended:
    """The command in a process, while this one goes on to be the API."""
    return await asyncio.to_thread(lambda: arena(home, "strategist", *words, **more))


def tossing(number: int, _body: dict[str, Any]) -> Said:
    if number % 2 == 0:
        return Said([Call("read_bars", {"count": 5}), Call("read_news", {"count": 5})])
    return Said([decide(0.3 if number % 4 == 1 else 0.6)])


def read_of(request: dict[str, Any], words: str) -> bool:
    """Whether the model has been shown these words."""
    return words in str(request["messages"])


async def until_asked(api: MessagesApi, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(api.requests) < count:
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_a_language_model_is_hired_and_works_and_is_dismissed(
    database_url: str, tmp_path: Path
) -> None:
    async with serving() as api:
        api.plays(tossing)
        settings = {
            "ARENA_DATABASE_URL": database_url, "ARENA_SOURCE": "sample", "ARENA_SPEED": "60x",
            "ARENA_LANGUAGE_MODEL_KEY": "a key of a test", "ARENA_LANGUAGE_MODEL_URL": api.url,
            "ARENA_LANGUAGE_MODEL_ON_FAST_REPLAYS": "true",
        }  # fmt: skip
        worker = await asyncio.create_subprocess_exec(
            ARENA, "up", "--part", "worker", "--no-demo", env=environment(tmp_path, **settings),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (hired := await say(
                    tmp_path, "add-language-model", "BTC-USD", "--weight-max", "50", **settings
                )).returncode:  # fmt: skip
                    assert "No tape" in hired.stderr, hired.stderr
                    await asyncio.sleep(0.5)
            feed = hired.stdout.split()[0]
            assert feed.startswith(FEED)
            told = await say(tmp_path, "tell", "Rates were left.", **settings)
            assert told.stdout.strip() == "told 1"
            await until_asked(api, 2)
            shown = await say(tmp_path, "show", **settings)
            assert feed in shown.stdout
            async with asyncio.timeout(PATIENCE_S):
                while "published" not in (await say(tmp_path, "show", feed, **settings)).stdout:
                    await asyncio.sleep(0.5)
                while not any(read_of(request, "Rates were left.") for request in api.requests):
                    await asyncio.sleep(0.5)
            dismissed = await say(tmp_path, "dismiss", feed, **settings)
            assert dismissed.stdout.strip().endswith("is closed")
        finally:
            worker.terminate()
            await worker.wait()
        asked = len(api.requests)
    again = await say(tmp_path, "replay", feed, **settings)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "all hold" in again.stdout
    assert asked == len(api.requests)


@pytest.mark.slow
async def test_the_command_says_what_is_wrong(database_url: str, tmp_path: Path) -> None:
    url = {"ARENA_DATABASE_URL": database_url}
    early = await say(tmp_path, "add-language-model", "BTC-USD", **url)
    assert "No tape has been opened yet" in early.stderr
    unknown = await say(tmp_path, "add-language-model", "BTC-USD", "--model", "odd", **url)
    assert "--input-cents" in unknown.stderr
    dear = await say(tmp_path, "add-language-model", "BTC-USD", "--model", "claude-opus-5", **url)
    assert "--decision-cents" in dear.stderr
    nobody = await say(tmp_path, "replay", "fd_nothing", **url)
    assert "`arena strategist show` lists" in nobody.stderr
    empty = await say(tmp_path, "tell", **url)
    assert "need a source and words" in empty.stderr
    stopped = await say(tmp_path, "show")
    assert "start `arena up`" in stopped.stderr
    shown = await say(tmp_path, "show", **url)
    assert "ARENA_LANGUAGE_MODEL_KEY is not set" in shown.stdout
