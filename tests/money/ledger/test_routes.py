"""The operator's look into the ledger, and nobody else's."""

from datetime import timedelta

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money.ledger import Kind, Leg, post, seal
from arena.money.ledger.routes import routes
from tests.http import make_client, person


async def test_an_operator_sees_the_trial_balance_and_the_find_journals_a_reference(
    db: Database, settings: Settings
) -> None:
    _, operator = await person(db, "operator")
    async with db.transaction() as tx:
        await post(
            tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_1", reference="sub_1",
            legs=[Leg("gateway:fake:balance", 100), Leg("platform:fee_income", -100)],
        )  # fmt: skip
    async with make_client(db, settings, routes) as client:
        trial = (await client.get("/ledger/trial-balance", headers=operator)).json()
        journals = (await client.get("/ledger/journals?reference=sub_1", headers=operator)).json()
    assert trial["sound"]
    assert trial["sums"] == {"USD": 0}
    assert {a["code"]: a["balance"] for a in trial["accounts"]} == {
        "gateway:fake:balance": 100,
        "platform:fee_income": 100,
    }
    assert [e["amount"] for e in journals[0]["entries"]] == [100, -100]


async def test_an_operator_reads_statements_single_journals_and_heads(
    db: Database, settings: Settings
) -> None:
    _, operator = await person(db, "operator")
    legs = [Leg("gateway:fake:balance", 100), Leg("platform:fee_income", -100)]
    async with db.transaction() as tx:
        made = await post(
            tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_1", reference="sub_1", legs=legs
        )
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(db.clock.now() + timedelta(days=1))
    async with db.transaction() as tx:
        await seal(tx)
    span = "since=2021-01-01T00:00:00Z&until=2022-01-01T00:00:00Z"
    async with make_client(db, settings, routes) as client:
        client.headers.update(operator)
        told = (await client.get(f"/ledger/accounts/platform:fee_income/statement?{span}")).json()
        one = (await client.get(f"/ledger/journals/{made}")).json()
        [head] = (await client.get("/ledger/heads")).json()
        missing = await client.get("/ledger/journals/jrn_nonesuch")
        outside = await client.get(f"/ledger/accounts/slush:fund/statement?{span}")
    assert (told["opening"], told["closing"]) == (0, 100)
    assert [line["journal"] for line in told["lines"]] == [made]
    assert (one["id"], one["phase"], one["resolves"]) == (made, "posted", None)
    assert (head["entries"], head["debits"], head["holds"]) == (2, {"USD": 100}, True)
    assert missing.status_code == outside.status_code == 404


async def test_a_journal_is_found_by_whatever_it_names_page_by_page(
    db: Database, settings: Settings
) -> None:
    _, operator = await person(db, "operator")
    at_gateway = "gateway:fake:balance"
    async with db.transaction() as tx:
        paid = await post(
            tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_1", reference="sub_1",
            legs=[Leg(at_gateway, 100), Leg("creator:usr_1:pending", -85), Leg("platform:fee_income", -15)],
        )  # fmt: skip
        fee = await post(
            tx, kind=Kind.PROCESSOR_FEE, idem="fee:pay_1", reference="sub_1",
            legs=[Leg("processor_fees", 3), Leg(at_gateway, -3)],
        )  # fmt: skip
        disputed = await post(
            tx, kind=Kind.DISPUTE_OPENED, idem="dispute:dp_1:opened", reference="sub_1",
            legs=[
                Leg("dispute:held", 100), Leg("creator:usr_1:pending", 85), Leg(at_gateway, -100),
                Leg("creator:usr_1:disputed", -85),
            ],
        )  # fmt: skip
        await post(
            tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_11", reference="sub_11",
            legs=[Leg(at_gateway, 100), Leg("creator:usr_11:pending", -85), Leg("platform:fee_income", -15)],
        )  # fmt: skip
    async with make_client(db, settings, routes) as client:
        client.headers.update(operator)

        async def ids(query: str) -> list[str]:
            answer = await client.get(f"/ledger/journals?reference={query}")
            return [each["id"] for each in answer.json()]

        every = await ids("sub_1")
        assert sorted(every) == sorted([paid, fee, disputed])
        assert sorted(await ids("pay_1")) == sorted([paid, fee])
        assert await ids("dp_1") == [disputed]
        assert sorted(await ids("usr_1")) == sorted([paid, disputed])
        assert await ids(paid) == [paid]
        assert await ids("usr_2") == []
        assert await ids(f"sub_1&after={every[0]}") == every[1:]
        assert await ids(f"sub_1&after={every[2]}") == []
        refused = await client.get("/ledger/journals?reference=usr_1%25")
    assert refused.status_code == 422


async def test_nobody_else_sees_the_ledger(db: Database, settings: Settings) -> None:
    _, creator = await person(db, "creator")
    async with make_client(db, settings, routes) as client:
        for path in (
            "/ledger/trial-balance", "/ledger/journals?reference=sub_1", "/ledger/journals/jrn_1",
            "/ledger/accounts/platform:fee_income/statement?since=2021-01-01T00:00:00Z&until=2022-01-01T00:00:00Z",
            "/ledger/heads",
        ):  # fmt: skip
            assert (await client.get(path, headers=creator)).status_code == 403
            assert (await client.get(path)).status_code == 401
