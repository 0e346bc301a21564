"""How alike two names are: accents, order, slips and titles hide nobody, and strangers are not taken for him."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.money.due_diligence import Entry, Party, alike, same_name, score, words_of
from arena.money.due_diligence.names import Index, edits


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Dr. José Muñoz-Ruiz", ("jose", "munoz", "ruiz")),
        ("O'Brien, Seán", ("obrien", "sean")),
        ("Straße 7 GmbH", ("strasse", "7")),
        ("Łukasz Øye", ("lukasz", "oye")),
        ("Sa Co", ("sa",)),
        ("Иван Петров", ("ivan", "petrov")),
        ("Юрий Ющенко", ("yuriy", "yushchenko")),
        ("محمد بن سلمان", ("mhmd", "bn", "slmn")),
        ("习近平", ("xijinping",)),
        ("Jose\u0301 ıŞık", ("jose", "isik")),
        (" .,- ", ()),
        ("☃ 🙂 +", ()),
    ],
)
def test_a_name_is_its_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Ada Maker", "Maker, Ada", 100, 100),
        ("Viktor Petrov", "Victor Petrov", 90, 95),
        ("Viktor Petrov", "Petrov Viktor Ivanovich", 97, 97),
        ("Mohamed Al-Rashid", "Muhammad Al Rashid", 80, 92),
        ("Ada Maker", "Adam Baker", 0, 82),
        ("Виктор Петров", "Victor Petrov", 90, 95),
        ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos", 90, 99),
        ("Ada", "Ada Lovelace King", 0, 70),
        ("John Smith", "Jane Smith", 0, 80),
        ("J Smith", "John Smith", 90, 95),
        ("", "Ada", 0, 0),
    ],
)
def test_names_are_alike_as_people_would_say(one: str, other: str, least: int, most: int) -> None:
    assert least <= score(words_of(one), words_of(other)) <= most


def test_two_papers_are_in_the_same_name_in_whatever_order_and_with_or_without_accents() -> None:
    assert same_name("Ada Müller", "MULLER, Ada")
    assert not same_name("Ada Müller", "Ada Miller")


def test_a_swap_and_a_slip_cost_one_edit_each() -> None:
    assert [edits(*pair) for pair in (("ab", "ba"), ("kitten", "sitting"), ("", "abc"))] == [
        1,
        3,
        3,
    ]
    assert alike("petrov", "petorv") == 83


LETTERS = st.text("abcde", min_size=1, max_size=8)
NAME = st.lists(LETTERS, min_size=1, max_size=4).map(" ".join)


@given(NAME, st.lists(NAME, min_size=1, max_size=8), st.integers(71, 100))
def test_the_index_misses_nobody_whom_comparing_all_would_find(
    name: str, listed: list[str], score_min: int
) -> None:
    index = Index("list", [Entry(one) for one in listed])
    found = sorted(
        (hit.entry.name, hit.score) for hit in index.hits(Party("usr_1", name, "DE"), score_min)
    )
    all_scores = [(one, score(words_of(name), words_of(one))) for one in listed]
    assert found == sorted(pair for pair in all_scores if pair[1] >= score_min)


def test_another_year_of_birth_makes_a_name_less_alike_and_a_year_apart_does_not() -> None:
    index = Index("list", [Entry("Viktor Petrov", ("Vitya Petrov",), (1964,))])

    def found(born: int | None) -> list[int]:
        return [hit.score for hit in index.hits(Party("usr_1", "Viktor Petrov", "DE", born), 80)]

    assert found(None) == found(1965) == [100]
    assert found(1990) == [85]
