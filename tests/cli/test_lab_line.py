"""The Lab's line to an arena: a call is done once however often the line drops, and what is wrong is said plainly."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arena.cli.lab_line import Line, Refusal, key_in, open_line
from arena.cli.main import app
from arena.cli.trouble import Trouble
from arena.kit.signing import to_base64


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "collective.key"
    file.write_text(to_base64(bytes(range(32))) + "\n")
    file.chmod(0o600)
    return file


class Arena:
    """A server that gives the answers it was told, one a call; None is a line that breaks before the answer."""

    def __init__(self, *answers: tuple[int, object] | None) -> None:
        self.answers = list(answers)
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = [line for line in head.split("\r\n") if line.startswith("content-length:")]
        if length:
            await reader.readexactly(int(length[0].split(":")[1]))
        self.heads.append(head)
        answer = self.answers.pop(0)
        if answer is not None:
            body = json.dumps(answer[1]).encode()
            writer.write(
                f"HTTP/1.1 {answer[0]} X\r\nConnection: close\r\nRetry-After: 0\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
        writer.close()

    def intents(self) -> set[str]:
        return {
            line
            for head in self.heads
            for line in head.split("\r\n")
            if line.startswith("idempotency-key:")
        }


@asynccontextmanager
async def at(arena: Arena, key: Path) -> AsyncIterator[Line]:
    async with await asyncio.start_server(arena.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_line(f"http://127.0.0.1:{port}/", key) as line:
            yield line


async def test_a_change_is_sent_again_under_the_same_intent(key: Path) -> None:
    arena = Arena(None, (503, {}), (409, {"code": "call_still_running"}), (201, {"done": 1}))
    async with at(arena, key) as line:
        assert await line.post("/signals", {"a": 1}, intent="signal-7") == {"done": 1}
    assert arena.intents() == {"idempotency-key: signal-7"}
    assert len(arena.heads) == 4
    nonces = {head.split('nonce="')[1].split('"')[0] for head in arena.heads}
    assert len(nonces) == 4, "each sending is signed anew, or the arena would call it a replay"


async def test_a_refusal_keeps_its_code_and_says_what_is_wrong(key: Path) -> None:
    problem = {
        "code": "sequence_gap",
        "detail": "Next is 5.",
        "errors": [{"pointer": "/x", "detail": "no"}],
    }
    arena = Arena((422, problem))
    async with at(arena, key) as line:
        with pytest.raises(Refusal, match=r"Next is 5\.\n  /x: no") as refused:
            await line.post("/signals", {})
    assert (refused.value.code, refused.value.status) == ("sequence_gap", 422)
    assert len(arena.heads) == 1


async def test_an_unknown_key_is_told_how_to_register(key: Path) -> None:
    async with at(Arena((401, {"detail": "the key is unknown"})), key) as line:
        with pytest.raises(Refusal, match="sigma register"):
            await line.get("/me")


async def test_a_patient_line_outlasts_a_long_silence(
    key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.cli.lab_line.WAIT_MAX_S", 0.001)
    arena = Arena(*[None] * 9, (200, {"here": True}))
    told: list[str] = []
    async with at(arena, key) as line:
        line.patient = told.append
        assert await line.get("/time", symbol=None) == {"here": True}
    assert len(told) == 9


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [("not a key", 0o600, "holds no key"), (to_base64(bytes(32)), 0o644, "chmod 600")],
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str, mode: int, says: str) -> None:
    file = tmp_path / "some.key"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(Trouble, match=says):
        key_in(file)
    with pytest.raises(Trouble, match="sigma keygen"):
        key_in(tmp_path / "none.key")


@pytest.mark.parametrize("command", ["send", "publish", "run"])
def test_what_is_no_card_is_refused_before_anybody_is_called(
    command: str, tmp_path: Path, key: Path
) -> None:
    file = tmp_path / "card.json"
    words = ["lab", command, str(file), "--arena", "http://127.0.0.1:9", "--key", str(key)]
    assert "there is no card" in str(CliRunner().invoke(app, words).exception)
    file.write_text("{}")
    assert "is not a card" in str(CliRunner().invoke(app, words).exception)
    changed = {
        "lineage": {"pack_sha": "0" * 64}, "documents": {"pack": {}}, "study": {}, "name": "x",
    }  # fmt: skip
    file.write_text(json.dumps(changed))
    assert "was changed" in str(CliRunner().invoke(app, words).exception)
