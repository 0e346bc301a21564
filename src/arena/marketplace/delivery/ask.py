"""Reads an ask from a query string: model_id, after (a sequence or a cursor), limit."""

import re
from functools import lru_cache
from urllib.parse import parse_qs

from arena.kit.page import LIMIT_MAX, decode_cursor
from arena.marketplace.delivery.model import (
    FEEDS_MAX,
    LIMIT_DEFAULT,
    SEQUENCE_MAX,
    Ask,
    BadAsk,
)

_MODEL = re.compile(r"(?:fd|lst)_[0-9a-z]{1,60}")
_NUMBER = re.compile(r"[0-9]{1,19}")


@lru_cache(maxsize=4096)
def pull_ask(query: bytes) -> Ask:
    """Raises BadAsk, BadCursor."""
    words = _words(query)
    limit = _one(words, "limit")
    if limit is not None and not (_NUMBER.fullmatch(limit) and 1 <= int(limit) <= LIMIT_MAX):
        raise BadAsk(f"limit must be a number from 1 to {LIMIT_MAX}.")
    models = words.get("model_id", [])
    if len(models) != 1:
        raise BadAsk("Say which model: model_id=<the id of a feed or of a listing>, once.")
    return Ask(_model(models[0]), _after(words) or 0, int(limit) if limit else LIMIT_DEFAULT)


def stream_asks(query: bytes) -> list[Ask]:
    """One ask for each model_id; `after` counts for all, or is given once for each in order.

    Raises BadAsk, BadCursor.
    """
    words = _words(query)
    models = list(dict.fromkeys(words.get("model_id", [])))
    if not 1 <= len(models) <= FEEDS_MAX:
        raise BadAsk(f"Say which models: model_id=<feed or listing>, 1 to {FEEDS_MAX} times.")
    positions = words.get("after", [])
    if len(positions) not in (0, 1, len(models)):
        raise BadAsk("Give `after` once for all models, or once for each in the same order.")
    if len(positions) == len(models):
        return [Ask(_model(m), _position(p)) for m, p in zip(models, positions, strict=True)]
    return [Ask(_model(m), _after(words)) for m in models]


def _words(query: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise BadAsk("The query is not in the form name=value&name=value.") from None


def _one(words: dict[str, list[str]], name: str) -> str | None:
    values = words.get(name, [])
    if len(values) > 1:
        raise BadAsk(f"Give `{name}` once.")
    return values[0] if values else None


def _model(text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise BadAsk("model_id is the id of a feed (fd_…) or of a listing (lst_…).")
    return text


def _after(words: dict[str, list[str]]) -> int | None:
    text = _one(words, "after")
    return None if text is None else _position(text)


def _position(text: str) -> int:
    if _NUMBER.fullmatch(text):
        sequence = int(text)
    else:
        [sequence] = decode_cursor(text, [int])
    if not 0 <= sequence <= SEQUENCE_MAX:
        raise BadAsk("`after` is a sequence number, 0 or above.")
    return sequence
