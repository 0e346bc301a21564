"""The audit trail over HTTP: for operators alone, filtered and paged."""

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.web.api.audit import routes
from tests.http import make_client, person


async def test_only_an_operator_reads_the_trail(db: Database, settings: Settings) -> None:
    _, stranger = await person(db)
    _, operator = await person(db, "operator")
    async with make_client(db, settings, routes) as client:
        assert (await client.get("/audit")).status_code == 401
        assert (await client.get("/audit", headers=stranger)).status_code == 403
        assert (await client.get("/audit", headers=operator)).status_code == 200


async def test_the_trail_is_filtered_and_paged(db: Database, settings: Settings) -> None:
    _, headers = await person(db, "operator")
    async with db.transaction() as tx:
        for n in range(5):
            await audit.record(
                tx, actor="col_x", actor_kind="collective", action="orders.place", object=f"ord_{n}"
            )
    async with make_client(db, settings, routes) as client:
        seen: list[str] = []
        after: str | None = None
        while True:
            query = {"actor": "col_x", "limit": "2"} | ({"after": after} if after else {})
            page = (await client.get("/audit", params=query, headers=headers)).json()
            seen += [event["object"] for event in page["data"]]
            after = page["next"]
            if not page["has_more"]:
                break
        assert seen == ["ord_4", "ord_3", "ord_2", "ord_1", "ord_0"]
        bad = await client.get("/audit", params={"after": "WyJ4Il0"}, headers=headers)
        assert (bad.status_code, bad.json()["code"]) == (400, "bad_cursor")
        one = await client.get(
            "/audit", params={"object": "ord_3", "action": "orders.*"}, headers=headers
        )
        assert [event["object"] for event in one.json()["data"]] == ["ord_3"]
