"""A strategy's file sent by the SDK and by `arena lab check --send`: refused where nothing is hosted, else checked."""

import asyncio
import io
from pathlib import Path

import pytest
import typer
from rich.console import Console

from arena.cli.lab_source import send_source
from arena.cli.trouble import Trouble
from arena.signals.lab.own import Source
from arena.signals.strategists.hosting import check_next, note_hosting
from sigma_sdk import ArenaProblem, Client, Collective, SigningKey
from tests.sdk.conftest import Bazaar
from tests.signals.lab.own.stage import honest, written


@pytest.fixture
async def hosting(bazaar: Bazaar, monkeypatch: pytest.MonkeyPatch) -> Bazaar:
    """The bazaar hosts strategies for this test; whoever sends one looks at it by `check_next`."""
    monkeypatch.setattr(bazaar.house.arena.settings, "host_strategies", True)
    async with bazaar.house.arena.db.transaction() as tx:
        await note_hosting(tx, is_on=True, works=True)
    return bazaar


async def test_an_arena_that_hosts_nothing_takes_nothing(bazaar: Bazaar) -> None:
    key = SigningKey.generate()

    def run(client: Client) -> None:
        client.register(key, name="Keeps Its Code")
        client.credentials = Collective(key)
        with pytest.raises(ArenaProblem) as caught:
            client.send_strategy("class A: pass", "A")
        assert caught.value.code == "hosting_off"

    await bazaar.sync(run)


async def test_it_is_sent_checked_seen_and_deleted(hosting: Bazaar) -> None:
    key, source = SigningKey.generate(), honest()

    def send(client: Client) -> str:
        client.register(key, name="Sends Its Code")
        client.credentials = Collective(key)
        made = client.send_strategy(source.text, source.class_name, file_name="own.py")
        assert made["state"] == "waiting"
        return str(made["sha"])

    def see(client: Client) -> None:
        client.credentials = Collective(key)
        found = client.strategy(sha)
        assert found["state"] == "passed"
        assert list(client.strategies()) == [found]
        assert client.delete_strategy(sha)["state"] == "deleted"

    sha = await hosting.sync(send)
    assert sha == source.code_sha
    arena = hosting.house.arena
    assert await check_next(arena.db, arena.settings) == "passed"
    await hosting.sync(see)


@pytest.mark.parametrize(
    ("source", "words"),
    [(honest(), "passed: cards that name this code"), (written("return 1"), "refused by the arena's checks")],
    ids=["good", "bad"],
)  # fmt: skip
async def test_the_command_says_what_the_arena_found(
    hosting: Bazaar, tmp_path: Path, source: Source, words: str
) -> None:
    key, file = SigningKey.generate(), tmp_path / "collective.key"
    key.save(file)
    name = f"By Command {words[:6]}"
    await hosting.sync(lambda client: client.register(key, name=name))
    said = Console(file=io.StringIO(), width=200)

    async def look() -> None:
        arena = hosting.house.arena
        while await check_next(arena.db, arena.settings) is None:
            await asyncio.sleep(0.2)

    def send() -> bool:
        try:
            send_source(source, arena=hosting.origin, key=file, console=said)
        except typer.Exit as ended:
            return ended.exit_code == 0
        return True

    passed, _ = await asyncio.gather(asyncio.to_thread(send), look())
    text = said.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    assert words in text
    assert passed == words.startswith("passed")
    assert source.code_sha in text


def test_without_an_address_the_command_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="--arena"):
        send_source(honest(), arena="", key=tmp_path / "key", console=Console())
