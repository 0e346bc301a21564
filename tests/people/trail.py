"""Calls that leave their line in the audit trail, and the look for that line."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from arena.kit import ids
from arena.kit.db import Database, Row
from arena.trading.orders import Floor
from tests.people.acts import ACTIONS, JOURNAL


@dataclass
class Trail:
    """Calls routes as somebody, and looks for the line that the call has left."""

    client: httpx.AsyncClient
    db: Database
    floor: Floor
    called: set[tuple[str, str]] = field(default_factory=set)

    async def act(
        self, route: str, caller: str | None, place: dict[str, Any] | None = None, **how: Any
    ) -> Any:
        """`caller` is the id that must stand in the trail; None where it is only known afterwards."""
        method, _, template = route.partition(" ")
        headers = {**how.pop("headers", {}), "X-Request-Id": ids.fresh("req")}
        path = template.format(**(place or {}))
        answer = await self.client.request(method, path, headers=headers, **how)
        assert answer.is_success, f"{route}: {answer.status_code} {answer.text}"
        self.called.add((method, template))
        if (method, template) in JOURNAL:
            assert (await self._last_of_journal(answer.json()["id"]))["actor"] == caller
            return answer.json()
        lines = [
            line for line in await self._lines(headers["X-Request-Id"])
            if line["action"] == ACTIONS[method, template]
        ]  # fmt: skip
        assert len(lines) == 1, f"{route} left {len(lines)} lines {ACTIONS[method, template]}"
        assert caller in (None, lines[0]["actor"]), f"{route}: {lines[0]['actor']} did it"
        sent = how.get("json") or {}
        if "reason" in sent:
            assert lines[0]["reason"] == sent["reason"], f"{route} lost the reason"
        return answer.json() if answer.content else None

    async def _last_of_journal(self, order_id: str) -> Row:
        async with self.db.transaction(readonly=True) as tx:
            return await tx.one(
                "select * from account_event where order_id = $1 order by number desc limit 1",
                order_id,
            )

    async def _lines(self, request_id: str) -> list[Row]:
        async with self.db.transaction(readonly=True) as tx:
            return await tx.fetch("select * from audit_event where request_id = $1", request_id)
