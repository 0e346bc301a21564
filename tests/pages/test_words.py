"""The pages' words go through gettext: all are collected, and another catalogue changes what is shown."""

import gettext
import io
import re
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
    """Words between tags that no `_` or `trans` has taken up, except names and code."""
    bare = []
    for path in sorted((WEB / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(
            r"\{%-? trans.*?endtrans -?%\}|\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}",
            "",
            text,
            flags=re.DOTALL,
        )
        text = re.sub(
            r"<(code|pre|script|style|title)\b.*?</\1>|<!doctype[^>]*>", "", text, flags=re.DOTALL
        )
        for words_ in re.findall(r">([^<>]*)<", text):
            said = re.sub(r"&\w+;|[^A-Za-z ]", " ", words_).split()
            if len(said) >= 2 and not _is_name(words_):
                bare.append(f"{path.name}: {words_.strip()[:80]}")
    assert bare == []


def _is_name(text: str) -> bool:
    return bool(re.search(r"Sigma Arena|TradingView|htmx|Apache|Clause", text))


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
