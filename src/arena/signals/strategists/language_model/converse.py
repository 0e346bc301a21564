"""The conversation of one decision: questions, readings, answer. It knows neither network nor database."""

from typing import Any, Protocol

from arena.signals.strategists.language_model.model import (
    Answer,
    Configuration,
    NoAnswer,
    Reply,
    Sight,
)
from arena.signals.strategists.language_model.prompt import question_of, request_of
from arena.signals.strategists.language_model.tools import DECIDE, BadToolInput, answer_of, read

CALLS_MAX = 8  # readings in one turn


class Speaker(Protocol):
    """Who is asked: the API, or what it once answered."""

    async def say(self, turn: int, request: dict[str, Any]) -> Reply:
        """The reply to the request. Raises NoAnswer."""
        ...


async def converse(configuration: Configuration, sight: Sight, speaker: Speaker) -> Answer:
    """What the model wants, in its form and within its limits. Raises NoAnswer, with the reason to hold."""
    messages = [question_of(configuration, sight)]
    for turn in range(configuration.turns_max):
        reply = await speaker.say(turn, request_of(configuration, messages))
        _check_stop(reply)
        calls = [block for block in reply.content if block.get("type") == "tool_use"]
        answers = [call for call in calls if call.get("name") == DECIDE]
        if len(answers) > 1:
            raise NoAnswer("malformed", "decide was called more than once")
        if answers:
            return answer_of(_input_of(answers[0]), configuration)
        if not calls or len(calls) > CALLS_MAX:
            why = "it ended without calling decide" if not calls else "too many calls at once"
            raise NoAnswer("malformed", why)
        messages = [
            *messages,
            {"role": "assistant", "content": reply.content},
            {"role": "user", "content": [_result(call, sight) for call in calls]},
        ]
    raise NoAnswer("too_many_turns", f"no answer after {configuration.turns_max} turns")


def _check_stop(reply: Reply) -> None:
    if reply.stop_reason == "refusal":
        details = reply.stop_details or {}
        raise NoAnswer("refusal", str(details.get("category") or "the model declined")[:200])
    if reply.stop_reason in ("max_tokens", "model_context_window_exceeded"):
        raise NoAnswer("cut_off", f"the answer was cut off ({reply.stop_reason})")
    if reply.stop_reason not in ("tool_use", "end_turn"):
        raise NoAnswer("malformed", f"it stopped for {str(reply.stop_reason)[:40]!r}")


def _input_of(call: dict[str, Any]) -> Any:
    if "unparsed" in call:
        raise NoAnswer("malformed", "the input of a tool is not JSON")
    return call.get("input")


def _result(call: dict[str, Any], sight: Sight) -> dict[str, Any]:
    result: dict[str, Any] = {"type": "tool_result", "tool_use_id": str(call.get("id"))}
    try:
        return result | {"content": read(str(call.get("name")), _input_of(call), sight)}
    except BadToolInput as wrong:
        return result | {"content": str(wrong), "is_error": True}
