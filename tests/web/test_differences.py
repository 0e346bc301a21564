"""Differences between two texts: nothing is lost, nothing is made up, and long ones do not take long."""

from hypothesis import given
from hypothesis import strategies as st

from arena.web.draw import differences, listing_differences
from arena.web.draw.differences import CONTEXT_WORDS, GAP, Piece, pieces

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d\n", "\n"]), max_size=CONTEXT_WORDS).map(
    " ".join
)
BODY = {
    "feed": "fd_1", "title": "Northwind", "summary": "Follows the trend.", "intended_use": "A part.",
    "method": "Two averages.", "risks": "Sideways markets.",
    "tiers": {"basic": {"amount": "2900", "currency": "USD", "seats": None}},
}  # fmt: skip


def bare(text: str) -> list[list[str]]:
    """The words and line breaks, without the blanks that do not count."""
    return [line.split() for line in text.split("\n")]


@given(before=WORDS, after=WORDS)
def test_what_stayed_and_went_is_the_old_text_and_what_stayed_and_came_the_new_one(
    before: str, after: str
) -> None:
    found = pieces(before, after)
    if GAP in "".join(piece.text for piece in found):
        return
    old = "".join(piece.text for piece in found if piece.kind != "added")
    new = "".join(piece.text for piece in found if piece.kind != "removed")
    assert bare(new) == bare(after)
    assert bare(old) == bare(before)


@given(text=WORDS)
def test_the_same_text_is_no_difference(text: str) -> None:
    assert differences({"x": text}, {"x": text}) == []


def test_a_word_in_the_middle_is_shown_with_its_neighbours_only() -> None:
    before = "far " * 50 + "old" + " away" * 50
    found = pieces(before, before.replace("old", "new"))
    assert [piece.kind for piece in found] == ["same", "removed", "added", "same"]
    assert found[0].text.startswith(GAP)
    assert found[0].text.split().count("far") == CONTEXT_WORDS
    assert (found[1].text.strip(), found[2].text.strip()) == ("old", "new")


def test_two_long_texts_without_a_word_in_common_are_taken_out_and_put_in_whole() -> None:
    before, after = " ".join(f"a{n}" for n in range(2000)), " ".join(f"b{n}" for n in range(2000))
    assert pieces(before, after) == [Piece("removed", before), Piece("added", after)]


def test_a_price_that_rises_and_a_tier_that_comes_are_said_in_dollars() -> None:
    tiers = {
        "basic": {"amount": "3950", "currency": "USD", "seats": "10"},
        "pro": {"amount": "9900", "currency": "USD", "seats": None},
    }
    basic, pro = listing_differences(BODY, {**BODY, "tiers": tiers})
    assert basic.name == "Price of Basic"
    assert [(p.kind, p.text.strip()) for p in basic.pieces] == [
        ("removed", "$29"), ("added", "$39.50"), ("same", "a month"), ("added", "· 10 seats"),
    ]  # fmt: skip
    assert [(p.kind, p.text) for p in pro.pieces] == [("added", "$99 a month")]


def test_only_the_fields_that_changed_are_named_and_in_order() -> None:
    changed = listing_differences(BODY, {**BODY, "risks": "Any market.", "title": "Southwind"})
    assert [difference.name for difference in changed] == ["Title", "Risks"]


def test_blanks_alone_are_no_change() -> None:
    assert differences({"x": "one  two "}, {"x": "one two"}) == []
