"""Puts a language model to work: a collective, the documents of its lineage, a feed, its place on the list."""

from dataclasses import dataclass
from typing import Any

from arena.kit.canonical import sha256_hex
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.people.access import SYSTEM
from arena.people.identity import Registration, register_collective
from arena.signals.feeds import Feed, NewFeed, close_feed, open_feed
from arena.signals.lab import declared, register_document
from arena.signals.strategists.employ import key_of
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.budget import FRAME_TOKENS, cents_up, most_of
from arena.signals.strategists.language_model.model import (
    MICRO,
    NAME,
    BudgetTooSmall,
    Configuration,
    NoSuchLanguageModel,
)
from arena.signals.strategists.language_model.prompt import (
    SYSTEM as SYSTEM_PROMPT,
)
from arena.signals.strategists.language_model.prompt import (
    VERSION,
    prompt_sha,
    text_of,
)
from arena.signals.strategists.language_model.tools import TOOLS
from arena.signals.strategists.model import slug_of
from arena.trading.market import Tape, tape

QUESTION_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a language model shall work. `owner_id` is the person who answers for its collective."""

    name: str
    instrument: str
    owner_id: str | None = None


async def employ(tx: Tx, settings: Settings, place: Place, configuration: Configuration) -> Feed:
    """The feed it works for from the next bar on; the same again changes nothing.

    Raises NoTape, UnknownInstrument, BudgetTooSmall, CollectiveNameTaken, FeedNameTaken where the name stands for
    another configuration.
    """
    _check_budget(configuration)
    played = await tape(tx)
    key = key_of(settings, slug_of(place.name))
    about = f"A language model ({configuration.model}) of the arena, run by its own collective."
    collective = await register_collective(
        tx, Registration(place.name, about, key.public, place.owner_id)
    )
    shas = {
        "pack_sha": await register_document(tx, "pack", played.pack.manifest()),
        "indicator_set_sha": await register_document(tx, "indicator_set", _indicators()),
        "model_config_sha": await register_document(tx, "model_config", _model(configuration)),
        "policy_sha": await register_document(tx, "policy", _policy(place, configuration, played)),
    }
    new = NewFeed(collective.id, place.name, place.instrument, await declared(tx, shas), about)
    opened = await open_feed(tx, new, settings=settings, actor=SYSTEM)
    await answers.hire(tx, opened.id, configuration)
    return opened


async def dismiss(tx: Tx, feed_id: str) -> Feed:
    """Closes its feed, so that it is asked no more; its record stays. Raises NoSuchLanguageModel."""
    if await answers.hired_for(tx, feed_id) is None:
        raise NoSuchLanguageModel(feed=feed_id)
    return await close_feed(tx, feed_id, actor=SYSTEM)


def _check_budget(configuration: Configuration) -> None:
    asked = len(text_of(TOOLS)) + len(SYSTEM_PROMPT) + QUESTION_BYTES + FRAME_TOKENS
    most = most_of(asked, configuration)
    if (
        most.tokens > configuration.decision_tokens_max
        or most.microcents > configuration.decision_cents_max * MICRO
    ):
        raise BudgetTooSmall(
            model=configuration.model, cents=cents_up(most.microcents), tokens=most.tokens
        )


def _indicators() -> dict[str, Any]:
    """It sees bars as they are and computes what it wants."""
    return {"version": "1", "indicators": []}


def _model(configuration: Configuration) -> dict[str, Any]:
    names = (
        "model", "effort", "temperature_pct", "bars_max", "turns_max", "answer_tokens_max", "timeout_s",
        "attempts_max",
    )  # fmt: skip
    stated = configuration.as_dict()
    parameters: dict[str, Any] = {name: stated[name] for name in names}
    parameters["prompt_version"] = VERSION
    parameters["prompt_sha"] = prompt_sha()
    parameters["system_sha"] = sha256_hex(SYSTEM_PROMPT.encode())
    return {
        "version": "1",
        "model": NAME,
        "about": "A language model that reads bars, its position, its record and news, and names a target.",
        "parameters": parameters,
    }


def _policy(place: Place, configuration: Configuration, played: Tape) -> dict[str, Any]:
    names = (
        "every_bars", "weight_max_pct", "valid_bars", "input_cents", "output_cents", "decision_tokens_max",
        "decision_cents_max", "day_tokens_max", "day_cents_max",
    )  # fmt: skip
    stated = configuration.as_dict()
    return {
        "version": "1",
        "instrument": place.instrument,
        "interval_s": played.interval_s,
        "target": "The model's weight within its limit: spot, long or flat. It stands where no answer can be used.",
        "publishes": "After the close of a bar and before the next, when the target differs from the last one.",
        "limits": {name: stated[name] for name in names},
    }
