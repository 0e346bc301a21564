"""A local server with the wire format of the Messages API: streams of events, tools, errors, silence, nonsense."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Writer = asyncio.StreamWriter
Event = tuple[str, dict[str, Any]]
PIECE = 7  # bytes of a piece of JSON or text in one event


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of the model. `text` is sent instead of the input's JSON where given."""

    name: str
    input: dict[str, Any] = field(default_factory=dict)
    text: str | None = None

    @property
    def json(self) -> str:
        return json.dumps(self.input) if self.text is None else self.text


def decide(weight: Any, confidence: Any = 0.7, rationale: Any = "The averages rise.") -> Call:
    return Call("decide", {"weight": weight, "confidence": confidence, "rationale": rationale})


@dataclass(slots=True)
class Said:
    """A message the model says; `usage` is input and output tokens. `cut` ends the line after so many events."""

    calls: Sequence[Call] = ()
    text: str = ""
    thinking: str = ""
    stop_reason: str | None = None
    stop_details: dict[str, Any] | None = None
    usage: tuple[int, int] = (900, 120)
    cut: int | None = None
    pause_s: float = 0
    held: asyncio.Event | None = None  # nothing is said before it is set
    error: dict[str, Any] | None = None  # an error event in the middle

    def events(self, number: int, model: str) -> list[Event]:
        head = {
            "id": f"msg_{number:04d}", "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": self.usage[0], "output_tokens": 1, "cache_read_input_tokens": 0},
        }  # fmt: skip
        found: list[Event] = [("message_start", {"message": head})]
        index = 0
        if self.thinking:
            found += _block(index, {"type": "thinking", "thinking": "", "signature": ""}, [
                {"type": "thinking_delta", "thinking": self.thinking},
                {"type": "signature_delta", "signature": "c2lnbmF0dXJl"},
            ])  # fmt: skip
            index += 1
        found.append(("ping", {}))
        if self.text:
            deltas = [{"type": "text_delta", "text": part} for part in _pieces(self.text)]
            found += _block(index, {"type": "text", "text": ""}, deltas)
            index += 1
        for place, call in enumerate(self.calls):
            block = {
                "type": "tool_use",
                "id": f"toolu_{number}_{place}",
                "name": call.name,
                "input": {},
            }
            deltas = [
                {"type": "input_json_delta", "partial_json": p} for p in ["", *_pieces(call.json)]
            ]
            found += _block(index, block, deltas)
            index += 1
        if self.error is not None:
            return [*found, ("error", {"error": self.error})]
        stop = self.stop_reason or ("tool_use" if self.calls else "end_turn")
        delta = {"stop_reason": stop, "stop_sequence": None, "stop_details": self.stop_details}
        found.append(("message_delta", {"delta": delta, "usage": {"output_tokens": self.usage[1]}}))
        return [*found, ("message_stop", {})]


def _block(index: int, start: dict[str, Any], deltas: list[dict[str, Any]]) -> list[Event]:
    return [
        ("content_block_start", {"index": index, "content_block": start}),
        *(("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        ("content_block_stop", {"index": index}),
    ]


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with an error's status, as the API words it."""

    status: int
    kind: str = "api_error"
    message: str = "no"
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes in the place of a stream of events."""

    body: bytes
    content_type: str = "text/event-stream"


class Hang:
    """The server takes the request and says nothing more."""


Act = Said | Refusal | Raw | Hang
Script = Callable[[int, dict[str, Any]], Act]


class MessagesApi:
    """Answers requests by a list of acts, the last of them for ever, or by a script of (number, body)."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._script: Script = lambda _number, _body: Said([decide(0.5)])

    def will(self, *acts: Act) -> None:
        began = len(self.requests)
        self._script = lambda number, _body: acts[min(number - began, len(acts) - 1)]

    def plays(self, script: Script) -> None:
        self._script = script

    async def answer(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: Writer) -> bool:
        line = await reader.readline()
        if not line:
            return False
        headers = {}
        while (text := (await reader.readline()).decode().strip()) != "":
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))))
        assert line.split()[:2] == [b"POST", b"/v1/messages"], line
        number = len(self.requests)
        self.requests.append(body)
        self.headers.append(headers)
        return await self._act(self._script(number, body), number, body, writer)

    async def _act(self, act: Act, number: int, body: dict[str, Any], writer: Writer) -> bool:
        match act:
            case Said():
                if act.held is not None:
                    await act.held.wait()
                _begin(writer, 200, "text/event-stream")
                events = act.events(number, body["model"])
                for place, (name, data) in enumerate(events):
                    if act.cut == place:
                        await writer.drain()
                        return False
                    await _write(
                        writer,
                        f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode(),
                    )
                    if act.pause_s:
                        await asyncio.sleep(act.pause_s)
                await _write(writer, b"")
            case Refusal():
                error = {"type": "error", "error": {"type": act.kind, "message": act.message}}
                more = {"retry-after": act.retry_after} if act.retry_after is not None else {}
                _begin(writer, act.status, "application/json", **more)
                await _write(writer, json.dumps(error).encode())
                await _write(writer, b"")
            case Raw():
                _begin(writer, 200, act.content_type)
                if act.body:
                    await _write(writer, act.body)
                await _write(writer, b"")
            case Hang():
                await asyncio.sleep(3_600)
        return True


def _begin(writer: Writer, status: int, content_type: str, **more: str) -> None:
    lines = [
        f"HTTP/1.1 {status} X", f"content-type: {content_type}", "transfer-encoding: chunked",
        "request-id: req_test", *(f"{name}: {value}" for name, value in more.items()),
    ]  # fmt: skip
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())


async def _write(writer: Writer, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


@asynccontextmanager
async def serving() -> AsyncIterator[MessagesApi]:
    """The server, on a port of its own of this machine."""
    api = MessagesApi()
    lines: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: Writer) -> None:
        lines.add(asyncio.ensure_future(api.answer(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    api.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield api
    finally:
        server.close()
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
