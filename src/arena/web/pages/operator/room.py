"""What all of the operator's pages share: who may come in, ages in words, pages of a list."""

from datetime import datetime, timedelta

from arena.kit.clock import from_iso
from arena.kit.page import BadCursor, decode_cursor
from arena.people.access import needs
from arena.web.page import _, ngettext

OPERATOR = needs("operate", kinds=("person",))
PAGE = 25


def age(since: datetime | None, now: datetime) -> str:
    """How long something waits, in its largest unit: 3 days, 1 hour, 5 minutes; empty for None."""
    if since is None:
        return ""
    waits = max(now - since, timedelta())
    if waits >= timedelta(days=1):
        return ngettext("%(count)s day", "%(count)s days", waits.days)
    minutes = int(waits.total_seconds()) // 60
    if not minutes:
        return _("less than a minute")
    if minutes >= 60:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60)
    return ngettext("%(count)s minute", "%(count)s minutes", minutes)


def place_of(after: str | None) -> tuple[datetime, str] | None:
    """The place in a list ordered by time and id that a cursor names. Raises BadCursor."""
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
