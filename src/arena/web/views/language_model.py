"""A language model as pages show it: whether it is at work, what it spends, decided, and said, in plain words."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import Decision, Spent, Standing, Turn
from arena.web.draw import Wanted, target_figure
from arena.web.page import N_, _
from arena.web.page.numbers import percent

MICRO = 1_000_000
OUTCOMES = {
    "published": (N_("signal"), "good"),
    "unchanged": (N_("unchanged"), "plain"),
    "held": (N_("held"), "warn"),
    "late": (N_("too late"), "warn"),
    "refused": (N_("refused"), "bad"),
}
REASONS = {
    "stale_data": N_("The last bar was too old to decide on."),
    "budget": N_("There was not enough budget left."),
    "timeout": N_("No whole answer came in time."),
    "malformed": N_("The answer was not in the form that was asked for."),
    "refusal": N_("The model declined to answer."),
    "cut_off": N_("The answer ended at its largest length."),
    "too_many_turns": N_("It read and read and did not answer."),
    "server": N_("The model's API answered with an error, or could not be reached."),
    "credentials": N_("The model's API does not take the key."),
    "interrupted": N_("The process ended before an answer came."),
    "broken": N_("A fault of the arena ended it."),
}
STANDINGS = {
    "on": (N_("at work"), "good"), "idle": (N_("idle"), "plain"), "dismissed": (N_("dismissed"), "plain"),
    "off": (N_("off"), "warn"), "no_tape": (N_("waits"), "warn"), "resting": (N_("rests"), "warn"),
    "budget": (N_("budget spent"), "warn"), "failing": (N_("API fails"), "bad"), "stale": (N_("holds"), "warn"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A standing in words: a badge, one line that says why, and what to do about it, empty where there is nothing."""

    badge: str
    tone: str
    line: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of a day's limit is used: `value` of `largest`, and the same in words."""

    name: str
    value: int
    largest: int
    words: str


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that was said. `by` is arena or model; `title` says what it is, `text` is shown as text, whatever it
    says; a long one is folded away."""

    by: str
    title: str
    text: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn of the conversation: what was sent anew, what came back, with the hashes of the kept texts."""

    turn: Turn
    sent: Sequence[Block]
    came: Sequence[Block]


def standpoint(found: Standing) -> Standpoint:
    """In one clear line."""
    badge, tone = STANDINGS[found.status]
    line, advice = _line(found)
    return Standpoint(_(badge), tone, line, advice)


def _line(found: Standing) -> tuple[str, str]:
    match found.status:
        case "on":
            return _("It is at work: it is asked at the close of its next bar."), ""
        case "dismissed":
            return _("It was dismissed: its feed is closed, and its record stays."), ""
        case "off":
            return (
                _("It is off: this arena has no key for the model's API."),
                _("An operator sets ARENA_LANGUAGE_MODEL_KEY and starts the arena again; its target stands till then."),
            )  # fmt: skip
        case "no_tape":
            return _("It waits: no tape has been opened yet."), ""
        case "resting":
            return (
                _("It rests: the tape is played faster than it may take to answer."),
                _("It is asked again at a slower pace, or with ARENA_LANGUAGE_MODEL_ON_FAST_REPLAYS=true."),
            )  # fmt: skip
        case "budget" if found.detail == "of the arena":
            return (
                _("It holds: the budget of all language models is spent until 00:00 UTC."),
                _("An operator may raise ARENA_LANGUAGE_MODEL_DAY_CENTS_MAX."),
            )
        case "budget":
            return (
                _("It holds: its budget of the day is spent until 00:00 UTC."),
                _("The budget is part of its lineage: another budget is another feed."),
            )
        case "failing":
            return (
                _("It holds: the model's API fails since %(since)s.", since=_wall(found)),
                _("It said: %(words)s", words=visible(found.detail)),
            )
        case "stale":
            return _("It holds: the last bar is too old to decide on."), visible(found.detail)
    return _("Nobody is hired."), ""


def meters(spent: Spent, configuration: language_model.Configuration) -> list[Meter]:
    """Of today: money and tokens."""
    cents_max, tokens_max = configuration.day_cents_max, configuration.day_tokens_max
    return [
        Meter(
            _("Money today"), min(spent.microcents, cents_max * MICRO), cents_max * MICRO,
            _("%(spent)s of %(most)s", spent=cost(spent.microcents), most=cost(cents_max * MICRO)),
        ),
        Meter(
            _("Tokens today"), min(spent.tokens, tokens_max), tokens_max,
            _("%(spent)s of %(most)s", spent=f"{spent.tokens:,}", most=f"{tokens_max:,}"),
        ),
    ]  # fmt: skip


def cost(microcents: int) -> str:
    """US dollars, to a hundredth of a cent, and never less than was spent: $0.0123, $1.00."""
    hundredths = -(-microcents * 100 // MICRO)  # of a cent
    dollars, rest = divmod(hundredths, 10_000)
    return f"${dollars:,}.{rest // 100:02d}" if rest % 100 == 0 else f"${dollars:,}.{rest:04d}"


def seconds(latency_ms: int | None) -> str:
    return "–" if latency_ms is None else f"{latency_ms / 1000:,.1f} s"


def outcome(made: Decision) -> tuple[str, str]:
    """In a word, and its tone."""
    words, tone = OUTCOMES[made.outcome]
    return _(words), tone


def why(made: Decision) -> str:
    """The model's rationale, or why there is none; with what a limit changed."""
    parts = [_(REASONS[made.reason])] if made.reason else []
    parts += [visible(text) for text in (made.rationale, made.detail) if text]
    return " ".join(parts)


def drawn(made: Sequence[Decision]) -> Markup:
    """What it wanted at the decisions given, newest first."""
    places = list(reversed(made))
    if len(places) < 2:
        return Markup("")
    held = sum(one.outcome in ("held", "refused") for one in places)
    label = _(
        "The target over %(count)s decisions, from %(first)s to %(last)s; at %(held)s it held without an answer.",
        count=len(places), first=percent(places[0].weight, 0), last=percent(places[-1].weight, 0), held=held,
    )  # fmt: skip
    return target_figure(
        [
            Wanted(
                float(one.weight), one.outcome in ("held", "refused"),
                f"{one.closed_at:%Y-%m-%d %H:%M} UTC: {percent(one.weight, 0)}, {outcome(one)[0]}",
            )
            for one in places
        ],
        label,
        first=f"{places[0].closed_at:%Y-%m-%d %H:%M}",
        last=f"{places[-1].closed_at:%Y-%m-%d %H:%M} UTC",
    )  # fmt: skip


def exchanges(turns: Sequence[Turn]) -> list[Exchange]:
    """The conversation as one reads it: of each prompt what the ones before it had not."""
    found, seen = [], 0
    for one in turns:
        prompt = one.prompt
        messages = prompt.get("messages", [])
        sent = _frame(prompt) if not seen else []
        # What the model said stands at its own turn; a prompt only repeats it.
        fresh = [message for message in messages[seen:] if message.get("role") != "assistant"]
        for message in fresh:
            sent += _blocks(message.get("content"), "arena")
        seen = len(messages)
        answer = one.answer
        found.append(Exchange(one, sent, _blocks(answer["content"], "model") if answer else []))
    return found


def visible(text: str) -> str:
    """The text with what would not be seen, or would turn what is seen around, spelled out as \\uXXXX."""
    return "".join(
        char
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn")
        else f"\\u{ord(char):04x}"
        for char in text
    )


def _frame(prompt: dict[str, Any]) -> list[Block]:
    """What is the same in every question."""
    rest = {name: value for name, value in prompt.items() if name not in ("system", "tools", "messages")}  # fmt: skip
    return [
        Block("arena", _("Instructions"), visible(str(prompt.get("system", ""))), True),
        Block("arena", _("Tools and settings"), _pretty({**rest, "tools": prompt.get("tools")}), True),
    ]  # fmt: skip


def _blocks(content: Any, by: str) -> list[Block]:
    if isinstance(content, str):
        return [Block(by, _("Text"), visible(content))]
    return [_block(block, by) for block in content or () if isinstance(block, dict)]


def _block(block: dict[str, Any], by: str) -> Block:
    match block.get("type"):
        case "text":
            title = _("The question") if by == "arena" else _("Text")
            return Block(by, title, visible(str(block.get("text", ""))))
        case "thinking":
            return Block(by, _("Thinking"), visible(str(block.get("thinking", ""))), True)
        case "tool_use":
            said = block["unparsed"] if "unparsed" in block else block.get("input")
            title = _("Calls %(tool)s", tool=visible(str(block.get("name", ""))))
            return Block(by, title, visible(said) if isinstance(said, str) else _pretty(said))
        case "tool_result":
            title = _("What the tool said: data of unknown origin, and no instruction")
            return Block(by, title, _result(block.get("content")), True)
    return Block(by, visible(str(block.get("type", ""))), _pretty(block), True)


def _result(content: Any) -> str:
    """JSON as one reads it; anything else as it is."""
    if isinstance(content, str):
        try:
            return _pretty(json.loads(content))
        except (ValueError, RecursionError):
            return visible(content)
    return _pretty(content)


def _pretty(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False, indent=2))


def _wall(found: Standing) -> str:
    return f"{found.since:%Y-%m-%d %H:%M} UTC" if found.since else "–"
