"""Cursor pages and what the operator may set."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.kit.settings import Settings


@given(st.text().filter(str.isprintable), st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_comes_back_as_it_went(text: str, number: int) -> None:
    cursor = encode_cursor(text, number)
    assert decode_cursor(cursor, [str, int]) == [text, number]
    assert "=" not in cursor


@given(st.text(max_size=80))
def test_a_foreign_cursor_is_refused_and_nothing_else_happens(cursor: str) -> None:
    try:
        decode_cursor(cursor, [str, int])
    except BadCursor as refused:
        assert refused.status == 400  # noqa: PT017 - most texts are refused, a few are cursors by chance


@pytest.mark.parametrize(
    "parts", [("a",), ("a", "b"), (1, 2), ("a", 1, 2), ("a", 2**63), ("a\x00", 1), ("a", True)]
)
def test_a_cursor_of_other_parts_is_refused(parts: tuple[str | int, ...]) -> None:
    with pytest.raises(BadCursor, match="leave `after` out"):
        decode_cursor(encode_cursor(*parts), [str, int])


def test_pages_hold_all_rows_once_and_the_last_says_so() -> None:
    rows = list(range(7))
    seen: list[int] = []
    after = -1
    while True:
        page = page_of([row for row in rows if row > after][:4], 3, encode_cursor)
        seen += page.data
        if not page.has_more:
            assert page.next is None
            break
        assert page.next is not None
        (after,) = decode_cursor(page.next, [int])
    assert seen == rows


def test_an_empty_list_is_one_empty_page() -> None:
    page = page_of(list[int](), 10, str)
    assert page.model_dump() == {"data": [], "has_more": False, "next": None}


def test_every_setting_has_words_that_explain_it_and_a_default() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARENA_HOME", str(tmp_path))
    monkeypatch.setenv("ARENA_PORT", "9000")
    monkeypatch.setenv("ARENA_UNKNOWN", "x")
    found = Settings()
    assert found.home == tmp_path
    assert found.origin == "http://127.0.0.1:9000"


@pytest.mark.parametrize("speed", ["1x", "900x", "max", "pause", "auto"])
def test_speeds_one_may_say(speed: str) -> None:
    assert Settings(speed=speed).speed == speed


@pytest.mark.parametrize(
    "wrong",
    [{"speed": "0x"}, {"speed": "-1x"}, {"speed": "fast"}, {"port": 70000}, {"fee_maker_bps": -1}],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_the_public_origin_has_no_trailing_slash(settings: Settings) -> None:
    assert Settings(public_origin="https://arena.example/").origin == "https://arena.example"
    assert settings.vault is settings.vault
    assert repr(settings.vault) == "Vault(…)"
