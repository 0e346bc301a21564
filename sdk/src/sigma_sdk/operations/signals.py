"""Signals: pull what one is entitled to, page by page."""

from typing import Protocol

from sigma_sdk.etags import EtagCache
from sigma_sdk.exchange import Plan, Request, query_of
from sigma_sdk.operation import Page, Turn, paged
from sigma_sdk.signal import Delivered, read_delivered


class _HasEtags(Protocol):
    etags: EtagCache


class Signals:
    """Receiving signals by asking; `stream` receives them as they come."""

    @paged
    def signals(
        self: _HasEtags, model_id: str, *, after: int | str | None = None, limit: int = 100
    ) -> Turn[Delivered]:
        """The signals of a feed (fd_…) or listing (lst_…) after a sequence, oldest first. Pages seen
        before are asked for with their ETag. Raises ArenaProblem with status 402 where unpaid."""
        etags = self.etags

        def turn(cursor: str | None) -> Plan[Page[Delivered]]:
            start = after if cursor is None else cursor
            query = query_of({"model_id": model_id, "after": start, "limit": limit})
            answer = yield from etags.fetch(Request("GET", "/signals", query))
            page = answer.json()
            more = str(page["next"]) if page.get("has_more") else None
            return Page([read_delivered(item) for item in page["data"]], more)

        return turn
