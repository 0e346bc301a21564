"""The pages' words go through gettext: all are collected, and another catalogue changes what is shown."""

import gettext
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import catalog, extract, mofile, pofile

from arena.web.page import words
from arena.web.page.render import _templates

WEB = Path(__file__).parents[2] / "src" / "arena" / "web"
METHODS = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.svg", "jinja2"),
]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
KEYWORDS = {**extract.DEFAULT_KEYWORDS, "N_": None}


def _found() -> set[str]:
    lines = extract.extract_from_dir(
        WEB, METHODS, OPTIONS, keywords=KEYWORDS, strip_comment_tags=True
    )
    return {_first(message) for _, _, message, _, _ in lines} - {""}


def _first(message: object) -> str:
    return str(message[0] if isinstance(message, tuple) else message)


def test_all_words_are_in_the_catalogue_for_translators() -> None:
    with (WEB / "locale" / "arena.pot").open("rb") as file:
        kept = {_first(m.id) for m in pofile.read_po(file)} - {""}
    found = _found()
    assert len(found) > 500
    assert found == kept, f"run: make words ({sorted(found ^ kept)[:5]})"


def test_templates_say_nothing_past_gettext() -> None:
    """Two words or more between tags that no `_` or `trans` has taken up, except names and code."""
    bare = []
    for path in sorted((WEB / "templates").rglob("*.html")):
        if path.name == "macros.html":
            continue  # halves of tags
        texts = _Texts()
        texts.feed(_own_words(path.read_text(encoding="utf-8")))
        for said in texts.found:
            plain = re.sub(r"[^A-Za-z -]", " ", said).split()
            if len(plain) >= 2 and not _is_name(said):
                bare.append(f"{path.name}: {said.strip()[:80]}")
    assert bare == [], "\n".join(bare)


def _own_words(source: str) -> str:
    """What of a template is neither Jinja nor inside a `trans` block."""
    kept, translating = [], False
    for _, token, value in _templates.lex(source):
        if token == "name" and value in ("trans", "endtrans"):
            translating = value == "trans"
        elif token == "data" and not translating:
            kept.append(value)
    return "".join(kept)


class _Texts(HTMLParser):
    """What stands between tags, but for code and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("code", "pre", "script", "title"):
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data)


def _is_name(text: str) -> bool:
    return bool(
        re.search(r"Sigma Arena|TradingView|www\.|htmx|Northwind|Turtle Bay", text, re.IGNORECASE)
    )


def test_another_catalogue_changes_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    made = catalog.Catalog(locale="de")
    made.add("Nothing here", "Hier ist nichts")
    made.add("At least %(ge)s.", "Mindestens %(ge)s.")
    file = io.BytesIO()
    mofile.write_mo(file, made)
    file.seek(0)
    german = gettext.GNUTranslations(file)
    monkeypatch.setattr(words, "_catalogue", german)
    assert words._("At least %(ge)s.", ge=3) == "Mindestens 3."
    monkeypatch.setitem(_templates.globals, "_", words._)
    html = _templates.from_string("{{ _('Nothing here') }}").render()
    assert html == "Hier ist nichts"
