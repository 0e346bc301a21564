"""The `sigma` command as a newcomer runs it: a process of its own against a real arena."""

import asyncio
import json
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sdk.conftest import Bazaar


@dataclass(frozen=True)
class Said:
    """What a run of the command wrote, and its exit code."""

    out: str
    err: str
    code: int


@dataclass(frozen=True)
class Newcomer:
    """Someone at a terminal, with a configuration folder of their own."""

    home: Path
    origin: str

    async def types(self, *words: str, stdin: str = "") -> Said:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("SIGMA_", "ARENA_"))}
        env |= {"SIGMA_HOME": str(self.home), "SIGMA_URL": self.origin, "COLUMNS": "100"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sigma_sdk.cli", *words, env=env, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Said(out.decode(), err.decode(), process.returncode)


@pytest.fixture
def newcomer(bazaar: Bazaar, tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path / "sigma", bazaar.origin)


async def test_three_commands_lead_from_nothing_to_paid_signals(newcomer: Newcomer) -> None:
    signed_up = await newcomer.types("signup")
    assert signed_up.code == 0, signed_up.err
    stored = newcomer.home / "config.json"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    subscribed = await newcomer.types("subscribe", "--card", "4242424242424242")
    assert subscribed.code == 0, subscribed.err
    assert "$99.00 a month" in subscribed.out
    watched = await newcomer.types("watch", "--count", "3")
    assert watched.code == 0, watched.err
    assert watched.out.count("confidence") == 3


async def test_a_listing_is_named_by_the_start_of_its_title(newcomer: Newcomer) -> None:
    listed = await newcomer.types("market", "--ids")
    listing_id, title = listed.out.splitlines()[0].split("  ", 1)
    shown = await newcomer.types("show", title[:8].lower())
    assert shown.code == 0, shown.err
    assert listing_id in shown.out
    unknown = await newcomer.types("show", "no such thing")
    assert unknown.code == 1
    assert "No listing's title begins with" in unknown.err


async def test_verify_prints_counts_and_leaves_with_zero(
    newcomer: Newcomer, tmp_path: Path
) -> None:
    folder = tmp_path / "evidence"
    told = await newcomer.types("verify", "--save", str(folder))
    assert told.code == 0, told.out + told.err
    assert "Everything that was checked holds." in told.out
    assert "signatures" in told.out
    again = await newcomer.types("verify", "--from", str(folder), "--json")
    assert again.code == 0
    assert json.loads(again.out)["holds"] is True


async def test_verify_leaves_with_the_code_of_what_broke(
    newcomer: Newcomer, tmp_path: Path
) -> None:
    folder = tmp_path / "evidence"
    await newcomer.types("verify", "--save", str(folder))
    index = json.loads((folder / "index.json").read_text())
    [name] = [v["file"] for k, v in index["answers"].items() if "part=fills" in k]
    page = json.loads((folder / name).read_text())
    page["data"][0]["fee"] = "0"
    (folder / name).write_text(json.dumps(page))
    told = await newcomer.types("verify", "--from", str(folder))
    assert told.code == 18
    assert "fills and fees does not hold: number 1 follows as" in told.out


async def test_a_declined_card_is_told_in_words(newcomer: Newcomer) -> None:
    await newcomer.types("signup")
    told = await newcomer.types("subscribe", "--card", "4000000000000002")
    assert told.code == 1
    assert "declined" in told.err
    assert "Traceback" not in told.err


async def test_a_card_that_asks_for_confirmation_can_be_confirmed(newcomer: Newcomer) -> None:
    await newcomer.types("signup")
    refused = await newcomer.types("subscribe", "--card", "4000002500003155", stdin="n\n")
    assert refused.code == 1
    assert "nothing was charged" in refused.err


async def test_a_subscription_can_be_looked_up_and_canceled(newcomer: Newcomer) -> None:
    await newcomer.types("signup")
    await newcomer.types("subscribe")
    assert "active" in (await newcomer.types("subscriptions")).out
    assert "Canceled" in (await newcomer.types("cancel", "--now")).out
    ended = await newcomer.types("watch")
    assert ended.code == 1
    assert "sigma subscribe" in ended.err


async def test_without_an_account_the_way_to_one_is_told(newcomer: Newcomer) -> None:
    told = await newcomer.types("watch")
    assert told.code == 1
    assert "sigma signup" in told.err


async def test_an_arena_that_is_not_running_is_told_at_once(tmp_path: Path) -> None:
    alone = Newcomer(tmp_path, "http://127.0.0.1:9")
    told = await alone.types("market")
    assert told.code == 3
    assert "make run" in told.err
    assert "Traceback" not in told.err


async def test_a_second_signup_keeps_the_first_account(newcomer: Newcomer) -> None:
    await newcomer.types("signup", "--name", "Ada")
    stored = (newcomer.home / "config.json").read_text()
    again = await newcomer.types("signup")
    assert "already" in again.err
    assert (newcomer.home / "config.json").read_text() == stored
    assert "Ada" in (await newcomer.types("whoami")).out
    key = json.loads(stored)["key"]
    assert "Ada" in (await newcomer.types("login", "--key", key)).out


async def test_a_key_is_made_once_and_never_overwritten(newcomer: Newcomer, tmp_path: Path) -> None:
    path = tmp_path / "mine.key"
    made = await newcomer.types("keygen", str(path))
    assert "key_" in made.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = await newcomer.types("keygen", str(path))
    assert again.code == 1
    assert "exists already" in again.err
