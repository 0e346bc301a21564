"""Tells the language models what happened beside prices. What they read is data; it changes no limit."""

from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.errors import Refused
from arena.people.access import SYSTEM, Actor
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.tools import plain

SOURCE_MAX, WORDS_MAX = 80, 2_000


class EmptyNews(Refused):
    """News need a source and words; line {line} has not both."""


async def tell(tx: Tx, news: Sequence[tuple[str, str]], *, actor: Actor = SYSTEM) -> int:
    """Keeps each (source, words) as told now, by the product clock, so that no decision before now sees it; how many.

    Raises EmptyNews.
    """
    kept = [(plain(source, SOURCE_MAX), plain(words, WORDS_MAX)) for source, words in news]
    for line, (source, words) in enumerate(kept, 1):
        if not source or not words:
            raise EmptyNews(line=line)
    await answers.insert_news(tx, kept)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="language_model.tell", object="news",
        detail={"count": len(kept)}, reason=None, request_id=None,
    )  # fmt: skip
    return len(kept)
