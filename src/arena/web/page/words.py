"""The words of the pages go through gettext: English as written, another language where a catalogue is set.

`make words` collects them into `locale/arena.pot`; a translation is `locale/<language>/LC_MESSAGES/arena.mo`.
"""

import gettext as _gettext
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"
_catalogue = _gettext.translation("arena", LOCALE, languages=["en"], fallback=True)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "collect this, translate it later"
    """Marks words that stand in a table; whoever shows them says `_`."""
    return text


def _(text: str, **values: object) -> str:
    """The text in the reader's language, with `%(name)s` filled in."""
    found = _catalogue.gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The form that fits `count`, which is also filled in as `%(count)s`."""
    return _catalogue.ngettext(one, many, count) % {"count": f"{count:,}", **values}
