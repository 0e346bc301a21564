"""How much two names are alike: letters without marks, words in any order, a few slips of the pen. Pure, whole numbers.

A name is its words in Latin letters, lower case, without accents, titles and legal forms. Two words are as alike as the
share of letters that need no edit (optimal string alignment: insert, delete, replace, swap neighbours). Two names are
as alike as the words of the shorter one on average, weighed by length, each with the word of the longer one that is
left and fits best; less 3 for each word that is left over (12 at most), less 25 where a single word stands against
several, less 15 where both years of birth are known and more than a year apart. Country is shown, and counts for
nothing: people move.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from arena.money.due_diligence.model import Entry, Hit, Party

Words = tuple[str, ...]
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame", "lord"])
_FORMS = frozenset(
    ["ltd", "limited", "llc", "llp", "inc", "incorporated", "gmbh", "ag", "kg", "sa", "sarl", "srl", "spa", "bv", "nv",
     "plc", "co", "corp", "corporation", "company", "oy", "ab", "as"]
)  # fmt: skip
LEFT_OVER, LEFT_OVER_MAX, ONE_WORD, OTHER_BIRTH, INITIAL = 3, 12, 25, 15, 70


def words_of(name: str) -> Words:
    """The words that are compared, in their order, without titles before and legal forms after.

    "Dr. José Muñoz-Ruiz" is jose, munoz, ruiz; "Анна Смирнова" is anna, smirnova. Scripts that do not write vowels give
    none, and those that do not part words give one.
    """
    letters = "".join(c for c in name if not unicodedata.category(c).startswith("S"))
    plain = anyascii(letters).casefold().replace("'", "")
    words = [word for word in re.split(r"[\W_]+", plain) if word]
    first, last = 0, len(words)
    while last - first > 1 and words[first] in _TITLES:
        first += 1
    while last - first > 1 and words[last - 1] in _FORMS:
        last -= 1
    return tuple(words[first:last])


def same_name(one: str, other: str) -> bool:
    """Whether two papers are in the same name: the same words, in whatever order."""
    return sorted(words_of(one)) == sorted(words_of(other))


@lru_cache(maxsize=100_000)
def alike(one: str, other: str) -> int:
    """Of two words, 0 to 100. An initial and the word that it may stand for are 70."""
    if one == other:
        return 100
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return INITIAL if long.startswith(short) else 0
    if short in long:  # what is missing is all that differs
        return 100 * len(short) // len(long)
    return 100 - -(-100 * edits(one, other) // len(long))


def edits(one: str, other: str) -> int:
    """Optimal string alignment distance."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, theirs in enumerate(other, 1):
            best = min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (letter != theirs))
            swapped = (
                row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == theirs
            )
            now.append(min(best, before[column - 2] + 1) if swapped else best)
        before, last = last, now
    return last[-1]


def score(one: Words, other: Words) -> int:
    """Of two names, 0 to 100."""
    short, long = sorted((one, other), key=len)
    if not short:
        return 0
    left, total = list(long), 0
    for word in sorted(short, key=len, reverse=True):
        best = max(left, key=lambda theirs: alike(word, theirs))
        left.remove(best)
        total += alike(word, best) * len(word)
    found = total // sum(len(word) for word in short)
    found -= min(LEFT_OVER * len(left), LEFT_OVER_MAX)
    return max(0, found - (ONE_WORD if len(short) == 1 < len(long) else 0))


@dataclass(frozen=True, slots=True)
class _Named:
    entry: int
    name: str
    words: Words


class Index:
    """The names of a list, by their words, so that most of them need not be compared letter by letter."""

    def __init__(self, list_name: str, entries: Sequence[Entry]) -> None:
        self.list_name, self.entries = list_name, entries
        self._names = [
            _Named(number, name, words_of(name))
            for number, entry in enumerate(entries)
            for name in (entry.name, *entry.aliases)
        ]
        self._by_word: dict[str, list[int]] = {}
        for number, named in enumerate(self._names):
            for word in set(named.words):
                self._by_word.setdefault(word, []).append(number)
        self._by_length: dict[int, list[tuple[str, int]]] = {}
        for word in self._by_word:
            self._by_length.setdefault(len(word), []).append((word, _mask(word)))
        self._near: dict[tuple[str, int], list[str]] = {}

    def hits(self, party: Party, score_min: int) -> Iterator[Hit]:
        """Of each entry the name that is most alike, where it is alike enough. From 71 on none is missed: names that
        score so much have a pair of words that are as much alike, and no initial is."""
        words = words_of(party.name)
        best: dict[int, tuple[int, str]] = {}
        for number in sorted(self._candidates(words, score_min)):
            named = self._names[number]
            entry = self.entries[named.entry]
            found = score(words, named.words) - (OTHER_BIRTH if _born_apart(party, entry) else 0)
            if found >= score_min and found > best.get(named.entry, (0, ""))[0]:
                best[named.entry] = (found, named.name)
        for number, (found, name) in best.items():
            yield Hit(self.list_name, self.entries[number], name, found)

    def _candidates(self, words: Iterable[str], score_min: int) -> set[int]:
        return {
            number
            for word in words
            for near in self._words_near(word, score_min)
            for number in self._by_word[near]
        }

    def _words_near(self, word: str, least: int) -> list[str]:
        """Lengths differ by no more than the edits there may be, and an edit changes at most two of the letters that
        two words have not in common: most words are passed over by these two."""
        if (word, least) not in self._near:
            mask, found = _mask(word), list[str]()
            for length, words in self._by_length.items():
                most = max(length, len(word)) * (100 - least) // 100
                if abs(length - len(word)) <= most:
                    found += [
                        theirs
                        for theirs, their_mask in words
                        if (mask ^ their_mask).bit_count() <= 2 * most
                        and alike(word, theirs) >= least
                    ]
            self._near[word, least] = found
        return self._near[word, least]


def _mask(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 63)
    return mask


def _born_apart(party: Party, entry: Entry) -> bool:
    born = party.born
    return born is not None and bool(entry.born) and all(abs(born - y) > 1 for y in entry.born)
