"""Puts the line-up to work: collectives with their keys, documents, feeds, strategists."""

from typing import Any

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.people.access import SYSTEM
from arena.people.identity import Registration, register_collective
from arena.signals.feeds import Feed, NewFeed, feed, open_feed
from arena.signals.lab import declared, register_document
from arena.signals.lab.documents import Policy, model_document, pack_document
from arena.signals.lab.indicators import indicator_document
from arena.signals.strategists import store
from arena.signals.strategists.line_up import code_version, line_up, strategist
from arena.signals.strategists.model import Post
from arena.trading.market import Tape, tape
from arena.trading.venues import Rules

SEED = 1  # that of a study, unless it says another; rules draw no lots


async def employ(tx: Tx, settings: Settings, *, owner_id: str | None = None) -> list[Feed]:
    """The feeds of the line-up on the tape's instruments, in the order they decide. Repeatable.

    `owner_id` is the person who answers for the collectives. Raises NoTape.
    """
    played = await tape(tx)
    posts = line_up(played.pack.symbols, played.interval_s)
    return [
        await _employ(tx, post, position, played, settings=settings, owner_id=owner_id)
        for position, post in enumerate(posts)
    ]


def key_of(settings: Settings, slug: str) -> SigningKey:
    """The collective's signing key; it follows from the master key and the collective's name."""
    return SigningKey(settings.vault.derive(f"collective/{slug}"))


async def _employ(
    tx: Tx, post: Post, position: int, played: Tape, *, settings: Settings, owner_id: str | None
) -> Feed:
    key = key_of(settings, post.slug)
    collective = await register_collective(
        tx, Registration(post.collective, post.about, key.public, owner_id)
    )
    known = await store.feed_of(tx, collective.id, post.feed_name)
    if known is not None:  # it stays as it was employed, whatever a newer version's defaults are
        return await feed(tx, known)
    policy = Policy(rules=Rules.from_settings(settings))
    shas = {
        "pack_sha": await register_document(tx, "pack", pack_document(played.pack)),
        "indicator_set_sha": await register_document(tx, "indicator_set", _indicators(post)),
        "model_config_sha": await register_document(tx, "model_config", _model(post)),
        "policy_sha": await register_document(tx, "policy", policy.document()),
    }
    new = NewFeed(
        collective.id, post.feed_name, post.instrument, await declared(tx, shas),
        strategist(post.strategy).about,
    )  # fmt: skip
    opened = await open_feed(tx, new, settings=settings, actor=SYSTEM)
    await store.insert(tx, opened.id, post, position)
    return opened


def _indicators(post: Post) -> dict[str, Any]:
    return indicator_document(strategist(post.strategy).indicators(post.parameters))


def _model(post: Post) -> dict[str, Any]:
    """The very document that a card of these parameters has, so that both are the same model."""
    return model_document(
        post.strategy, post.parameters, kind="rule", code_version=code_version(post.strategy),
        seed=SEED,
    )  # fmt: skip
