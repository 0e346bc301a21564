"""Renders templates: autoescape on, undefined names refused, words through gettext."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import escape

from arena.kit.ids import fresh
from arena.web.page.built import assets
from arena.web.page.explain import explain
from arena.web.page.numbers import FILTERS
from arena.web.page.words import _catalogue

_templates = Environment(
    loader=PackageLoader("arena.web"), autoescape=select_autoescape(default=True),
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
)  # fmt: skip
_templates.install_gettext_translations(_catalogue, newstyle=True)  # type: ignore[attr-defined]  # by the extension
_templates.filters.update(FILTERS)


def once() -> str:
    """A token for one form: whoever sends the same form twice gets the same answer twice."""
    return fresh("once")


def _say(text: str, **values: object) -> str:
    """`_` in templates: values that are markup stay so, all others are escaped; a per cent sign alone is one."""
    found = _catalogue.gettext(text)
    return escape(found) % values if values else found


_templates.globals.update(_=_say, assets=assets, explain=explain, once=once)


def render(template: str, /, **values: Any) -> str:
    """The template as HTML text. Raises jinja2.UndefinedError where a name it uses is missing."""
    return _templates.get_template(template).render(**values)
