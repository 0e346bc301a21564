"""Asks the API for real: keeps each prompt before it is sent and each answer as it comes, counts, tries again.

Imported where a question is put, and nowhere at a start: the client takes a second to load.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import anthropic
import httpx2
from anthropic.types import RawMessageStreamEvent

from arena.kit.clock import monotonic_s
from arena.kit.db import Database
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.answers import Ask
from arena.signals.strategists.language_model.budget import Purse
from arena.signals.strategists.language_model.line import NotReached
from arena.signals.strategists.language_model.model import NoAnswer, Reason, Reply, Spent, Usage

RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
RETRIED_TYPES = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
PAUSE_FIRST_S, PAUSE_MAX_S = 1.0, 30.0
# Sampling parameters are of this version of the API; later ones refuse them. Models of then know them still.
VERSION_WITH_TEMPERATURE = "2023-06-01"


class Live:
    """Speaks for one decision."""

    def __init__(
        self, db: Database, client: anthropic.AsyncAnthropic, ask: Ask, purse: Purse
    ) -> None:
        self._db = db
        self._client = client
        self._ask = ask
        self._purse = purse
        self._until = monotonic_s() + purse.configuration.timeout_s

    async def say(self, turn: int, request: dict[str, Any]) -> Reply:
        """The reply. Raises NoAnswer, and DatabaseBusy where it cannot be kept."""
        async with self._db.transaction() as tx:
            size = await answers.keep_prompt(tx, self._ask, turn, request)
        reply = await self._insist(request, size)
        cost = self._purse.pay_for(reply, size)
        async with self._db.transaction() as tx:
            await answers.keep_answer(tx, self._ask, turn, reply, cost)
        return reply

    async def _insist(self, request: dict[str, Any], size: int) -> Reply:
        """Tries so often, within the time and the money of the decision."""
        attempts = self._purse.configuration.attempts_max
        pause_s = PAUSE_FIRST_S
        for attempt in range(1, attempts + 1):
            most = self._purse.check(size)
            outcome = await self._try(request)
            if isinstance(outcome, Reply):
                return outcome
            self._purse.pay(most if outcome.owed else Spent())
            if not outcome.again or attempt == attempts:
                raise NoAnswer(outcome.reason, f"{outcome.why} (attempt {attempt} of {attempts})")
            wait_s = pause_s if outcome.after_s is None else outcome.after_s
            if wait_s > self._left_s():
                raise NoAnswer(
                    outcome.reason, f"{outcome.why}; to be tried in {wait_s:g} s, too late"
                )
            await asyncio.sleep(wait_s)
            pause_s = min(PAUSE_MAX_S, pause_s * 2)
        raise AssertionError("attempts_max is at least one")

    def _left_s(self) -> float:
        return self._until - monotonic_s()

    async def _try(self, request: dict[str, Any]) -> "Reply | _Failed":
        heard = _Heard()
        try:
            async with asyncio.timeout(max(0.0, self._left_s())):
                stream = await self._client.messages.create(**_arguments(request))
                async with stream:
                    async for event in stream:
                        heard.take(event)
            if heard.ended:
                return heard.reply()
        except TimeoutError:
            return _Failed("timeout", "no whole answer in time", owed=True, again=False)
        except anthropic.APIStatusError as refused:
            return _refused(refused, owed=heard.begun)
        except anthropic.APIConnectionError as broken:
            reached = not isinstance(broken.__cause__, NotReached)
            why = f"the API cannot be reached: {broken.__cause__ or broken}"
            return _Failed("server", why[:300], owed=reached)
        except anthropic.AnthropicError as odd:
            return _Failed(
                "malformed", f"{type(odd).__name__}: {odd}"[:300], owed=True, again=False
            )
        except (ValueError, TypeError, AttributeError, LookupError, RuntimeError) as odd:
            # What is not in the form of the Messages API breaks the client's parsing in as many ways.
            return _Failed("malformed", f"the answer cannot be read: {odd}"[:300], True, False)
        except (httpx2.HTTPError, OSError) as broken:
            return _Failed("server", f"the line broke: {broken}"[:300], owed=True)
        return _Failed("server", "the answer broke off", owed=True)


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: Reason
    why: str
    owed: bool
    again: bool = True
    after_s: float | None = None


def _arguments(request: dict[str, Any]) -> dict[str, Any]:
    arguments = {**request, "stream": True}
    if "temperature" in arguments:
        arguments["extra_body"] = {"temperature": arguments.pop("temperature")}
        arguments["extra_headers"] = {"anthropic-version": VERSION_WITH_TEMPERATURE}
    return arguments


def _refused(refused: anthropic.APIStatusError, *, owed: bool) -> _Failed:
    """An answer with an error's status, or an error in the middle of an answer."""
    status, kind = refused.status_code, str(refused.type or "")
    why = f"{status} {kind}: {refused.api_message or refused.message}"[:300]
    if status in (401, 403) or kind in ("authentication_error", "permission_error"):
        return _Failed("credentials", why, owed, again=False)
    again = status in RETRIED or kind in RETRIED_TYPES
    return _Failed(
        "server", why, owed, again, _seconds(refused.response.headers.get("retry-after"))
    )


def _seconds(words: str | None) -> float | None:
    """What `retry-after` says, where it says seconds."""
    try:
        seconds = float(words or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None


@dataclass(slots=True)
class _Heard:
    """A message put together from its events. The input of a tool must be whole, valid JSON."""

    begun: bool = False
    ended: bool = False
    head: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    inputs: dict[int, str] = field(default_factory=dict)

    def take(self, event: RawMessageStreamEvent) -> None:
        match event.type:
            case "message_start":
                self.begun = True
                self.head = {"id": str(event.message.id), "model": str(event.message.model)}
                self._count(event.message.usage)
            case "content_block_start":
                self.blocks[event.index] = event.content_block.to_dict(mode="json")
            case "content_block_delta":
                self._grow(event.index, event.delta.to_dict(mode="json"))
            case "message_delta":
                self._count(event.usage)
                self.head |= event.delta.to_dict(mode="json")
            case "message_stop":
                self.ended = True

    def reply(self) -> Reply:
        content = [self._whole(index) for index in sorted(self.blocks)]
        details = self.head.get("stop_details")
        return Reply(
            content, self.head.get("stop_reason"), Usage(**self.usage), self.head["id"],
            self.head["model"], details if isinstance(details, dict) else None,
        )  # fmt: skip

    def _grow(self, index: int, delta: dict[str, Any]) -> None:
        block = self.blocks[index]
        match delta.get("type"):
            case "text_delta":
                block["text"] = block.get("text", "") + delta["text"]
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "input_json_delta":
                self.inputs[index] = self.inputs.get(index, "") + delta["partial_json"]

    def _whole(self, index: int) -> dict[str, Any]:
        block = self.blocks[index]
        text = self.inputs.get(index, "")
        if block.get("type") != "tool_use" or not text:
            return block
        try:
            return {**block, "input": json.loads(text)}
        except (ValueError, RecursionError):
            return {**block, "unparsed": text}

    def _count(self, usage: Any) -> None:
        """Counts are totals so far; what an event leaves out stays."""
        for ours, theirs in _COUNTS.items():
            value = getattr(usage, theirs, None)
            if type(value) is int and value >= 0:
                self.usage[ours] = value


_COUNTS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write": "cache_creation_input_tokens",
}
