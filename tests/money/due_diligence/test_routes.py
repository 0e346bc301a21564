"""Sanctions cases over HTTP: operators list and decide them, each decision leaves its line, others see nothing."""

from functools import partial

from arena.evidence import audit
from arena.kit import ids
from arena.kit.db import Database
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.money import due_diligence as due
from arena.money.due_diligence.routes import routes
from arena.people.access import SYSTEM
from tests.http import make_client, person
from tests.people.acts import ON_A_LIST


async def test_an_operator_lists_cases_and_decides_them_and_nobody_else_does(
    db: Database, settings: Settings
) -> None:
    screens = {due.PartyNamed: [Reaction("screen", partial(due.screen_named, score_min=80))]}
    reacting = Database(db.pool, db.clock, Routing(screens))
    payee_id, payee = await person(db, "creator")
    operator_id, operator = await person(db, "operator")
    async with reacting.transaction() as tx:
        await due.load_list(tx, "EU", b"name,birth_date\nViktor Petrov,1964\n", actor=SYSTEM)
        await due.name_party(tx, due.Party(payee_id, "Victor Petrov", "DE", 1965))
    await drain(reacting)
    async with make_client(db, settings, routes) as client:
        [held] = (await client.get("/due-diligence/lists", headers=operator)).json()
        assert (held["name"], held["entries"]) == ("EU", 1)
        [case] = (await client.get("/due-diligence/cases", headers=operator)).json()
        assert (case["person_id"], case["score"], case["entry_born"]) == (payee_id, 91, [1964])
        for path in ("/due-diligence/lists", "/due-diligence/cases"):
            assert (await client.get(path, headers=payee)).status_code == 403
        [(_, template)] = ON_A_LIST
        path = template.format(case_id=case["id"])
        said = {"verdict": "other", "reason": "born in another town"}
        assert (await client.post(path, json=said, headers=payee)).status_code == 403
        trace = operator | {"X-Request-Id": ids.fresh("req")}
        decided = await client.post(path, json=said, headers=trace)
        assert (decided.status_code, decided.json()["state"]) == (200, "cleared")
        assert (await client.post(path, json=said, headers=operator)).status_code == 409
    async with db.transaction() as tx:
        [line] = await audit.search(tx, object=case["id"], action=ON_A_LIST["POST", template])
    assert (line.actor, line.reason) == (operator_id, "born in another town")
