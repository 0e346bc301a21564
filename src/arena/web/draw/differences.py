"""What changed between two texts or two documents, word by word: values, which a template marks up."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "removed", "added"]
# Comparing takes up to the product of both lengths; longer ones are shown as taken out and put in whole.
PAIRS_MAX = 250_000
CONTEXT_WORDS = 12
GAP = " … "


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed under one name; of stretches that stayed only the words next to a change are kept."""

    name: str
    pieces: Sequence[Piece]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The names whose text is not the same, in the order of `after`, then those that are gone."""
    names = [*after, *(name for name in before if name not in after)]
    found = [Difference(name, pieces(before.get(name, ""), after.get(name, ""))) for name in names]
    return [d for d in found if any(piece.kind != "same" for piece in d.pieces)]


def pieces(before: str, after: str) -> list[Piece]:
    """The way from one text to the other by words and line breaks; how many blanks part them is no change."""
    old, new = _words(before), _words(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    found = [_stayed(old[:start], new[:start])]
    found += _middle(old[start : len(old) - end], new[start : len(new) - end])
    found.append(_stayed(old[len(old) - end :], new[len(new) - end :]))
    kept = [piece for piece in found if piece.text]
    return [_shortened(kept, place) for place in range(len(kept))]


class _Word(str):
    """A word with the blanks behind it, which do not count when words are compared; or a line break."""

    __slots__ = ("bare",)
    bare: str

    def __new__(cls, text: str) -> "_Word":
        made = super().__new__(cls, text)
        made.bare = text.rstrip(" \t") or " "
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Word) and self.bare == other.bare

    def __ne__(self, other: object) -> bool:  # str has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self.bare)


def _words(text: str) -> list[_Word]:
    return [_Word(found) for found in re.findall(r"\n|\S+[^\S\n]*|[^\S\n]+", text)]


def _join(words: Sequence[str]) -> str:
    return "".join(words)


def _stayed(old: Sequence[_Word], new: Sequence[_Word]) -> Piece:
    """With the blanks of whichever text has them, so that no two words run together."""
    return Piece("same", _join([max(pair, key=len) for pair in zip(old, new, strict=True)]))


def _common(one: Sequence[_Word], other: Sequence[_Word]) -> int:
    """How many words both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _middle(old: Sequence[_Word], new: Sequence[_Word]) -> list[Piece]:
    if len(old) * len(new) > PAIRS_MAX:
        return [Piece("removed", _join(old)), Piece("added", _join(new))]
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(_stayed(old[i:j], new[k:m]))
        else:
            found += [Piece("removed", _join(old[i:j])), Piece("added", _join(new[k:m]))]
    return found


def _shortened(found: Sequence[Piece], place: int) -> Piece:
    """A stretch that stayed, cut to what stands next to a change before or after it."""
    piece = found[place]
    words = _words(piece.text)
    first, last = place == 0, place == len(found) - 1
    room = CONTEXT_WORDS * (1 if first or last else 2)
    if piece.kind != "same" or len(words) <= room:
        return piece
    head = "" if first else _join(words[:CONTEXT_WORDS])
    tail = "" if last else _join(words[-CONTEXT_WORDS:])
    return Piece("same", f"{head}{GAP}{tail}")
