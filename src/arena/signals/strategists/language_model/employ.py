"""Puts a language model to work: a collective, the documents of its lineage, a feed, its place on the list."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from arena.kit.canonical import sha256_hex
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.people.access import SYSTEM
from arena.people.identity import Registration, register_collective
from arena.signals.feeds import Feed, NewFeed, close_feed, feed, open_feed
from arena.signals.lab import declared, register_document
from arena.signals.lab.documents import Policy, model_document, pack_document
from arena.signals.lab.indicators import indicator_document
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
from arena.trading.market import tape
from arena.trading.venues import Rules

QUESTION_BYTES = 1_000
CODE = ("converse.py", "prompt.py", "sight.py", "tools.py")


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
    known = await answers.hired_as(tx, collective.id, place.name)
    if known is not None and known.configuration == configuration:
        return await feed(tx, known.feed_id)  # as it was hired, whatever documents are like now
    policy = Policy(
        weight_max_pct=configuration.weight_max_pct, rules=Rules.from_settings(settings)
    )
    shas = {
        "pack_sha": await register_document(tx, "pack", pack_document(played.pack)),
        # It sees bars as they are and computes what it wants.
        "indicator_set_sha": await register_document(tx, "indicator_set", indicator_document({})),
        "model_config_sha": await register_document(tx, "model_config", _model(configuration)),
        "policy_sha": await register_document(tx, "policy", policy.document()),
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


def _model(configuration: Configuration) -> dict[str, Any]:
    """All that was chosen, budget included; with the version and the hashes of the prompt."""
    parameters: dict[str, int | str] = {
        **configuration.as_dict(),
        "prompt_version": VERSION,
        "prompt_sha": prompt_sha(),
        "system_sha": sha256_hex(SYSTEM_PROMPT.encode()),
    }
    return model_document(NAME, parameters, kind="language_model", code_version=_code_version())


def _code_version() -> str:
    """SHA-256 (hex) over the files that say what is asked and how an answer is read."""
    package = files("arena.signals.strategists.language_model")
    return sha256_hex(b"".join(package.joinpath(name).read_bytes() for name in CODE))
