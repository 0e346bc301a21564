"""What must hold whenever it is calm, reckoned from the gateway's books and the ledger."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from arena.kit.db import Row, Tx
from arena.money import billing, ledger, performance_fees
from arena.money.statements.document import amounts_of
from arena.money.statements.model import Amounts
from tests.doubles.stripe_server import StripeServer
from tests.simulation.cast import Cast
from tests.simulation.check_fees import fees_are_right
from tests.simulation.check_invoices import documents_agree
from tests.simulation.check_payouts import paid_out_once
from tests.simulation.check_rights import access_is_right
from tests.simulation.check_usage import usage_is_right
from tests.simulation.handle import Handle


async def check(arena: Handle, server: StripeServer, cast: Cast, *, gave_up: frozenset[str]) -> int:
    """How many subscriber-months have been paid for. Raises AssertionError with what does not hold."""
    async with arena.db.transaction(readonly=True) as tx:
        await _ledger_holds(tx)
        await _charged_once(tx, server)
        await _gateway_agrees(tx, server)
        await _given_back_once(tx, server)
        await paid_out_once(tx, server, cast)
        await documents_agree(tx)
        await _statements_add_up(tx)
        await _fees_are_charged_once(tx)
        await access_is_right(tx, gave_up)
        await usage_is_right(tx, cast)
        await fees_are_right(tx, performance_fees.reading_key(arena.settings.vault))
        await _nothing_is_left(tx)
        return await _paid_months(tx)


async def _ledger_holds(tx: Tx) -> None:
    trial = await ledger.trial_balance(tx)
    assert not any(trial.sums.values()), f"the ledger does not sum to zero: {trial.sums}"
    assert trial.drift == 0, f"counters of {trial.drift} accounts are not their entries"
    assert not (broken := await ledger.broken_heads(tx)), f"heads do not follow: {broken}"
    for account in trial.accounts:
        name = account.code.rsplit(":", 1)[-1]
        if name in ("available", "disputed", "clawback", "refund_due", "in_transit", "held"):
            assert account.free >= 0, f"{account.code} is overdrawn: {account.free}"
        if account.code == "rounding":
            assert account.balance == 0, f"rounding left {account.balance}"


async def _gateway_agrees(tx: Tx, server: StripeServer) -> None:
    """Balance against balance, then line by line, as the product compares."""
    apart = await billing.unmatched(tx, "stripe")
    ours = (await ledger.balance(tx, "gateway:stripe:balance")).minor
    assert ours == server.balance, (
        f"we say Stripe holds {ours}, Stripe says {server.balance}; apart: {apart[:3]}"
    )
    assert not apart, f"in one of the two books only: {apart[:3]}"


async def _charged_once(tx: Tx, server: StripeServer) -> None:
    """Stripe charged each attempt at most once, each is known as gone through, and each period has one at most."""
    paid = Counter(
        charge["metadata"]["arena"] for charge in server.books.all("charge") if charge["paid"]
    )
    rows = await tx.fetch("select * from payment_attempt")
    for name, times in paid.most_common(1):
        intents = [
            (one["id"], one["created"], one["status"], one["payment_method"])
            for one in server.books.all("payment_intent") if one["metadata"]["arena"] == name
        ]  # fmt: skip
        about = [dict(row) for row in rows if row["id"] == name]
        assert times == 1, f"charged twice: {intents} {about}"
    known = {row["id"] for row in rows if row["state"] == "succeeded"}
    one_side = known ^ set(paid)
    about = [dict(row) for row in rows if row["id"] in one_side][:1]
    intents = [i for i in server.books.all("payment_intent") if i["metadata"]["arena"] in one_side]
    assert not one_side, f"{len(one_side)} gone through on one side only: {about} {intents[:1]}"
    periods = Counter((row["reference"], row["period_start"]) for row in rows if row["id"] in known)
    assert max(periods.values(), default=1) == 1, f"a period paid twice: {periods.most_common(1)}"
    rows = await tx.fetch(
        "select idem from journal where kind = 'payment.captured' group by 1 having count(*) > 1"
    )
    assert not rows, f"captured twice: {rows[:3]}"


async def _given_back_once(tx: Tx, server: StripeServer) -> None:
    """Each refund of ours is one of Stripe's; what came back to customers is never more than they had paid."""
    theirs = Counter(one["metadata"]["arena"] for one in server.books.all("refund"))
    assert max(theirs.values(), default=1) == 1, f"refunded twice: {theirs.most_common(2)}"
    rows = await tx.fetch(
        """select a.person_id, sum(a.amount - a.refunded - a.disputed + coalesce((select sum(d.amount)
               from dispute d where d.attempt_id = a.id and d.state = 'open'), 0))::bigint as kept,
             coalesce(max(o.credits_posted - o.debits_posted), 0) as due
           from payment_attempt a left join ledger_account o on o.code = 'customer:' || a.person_id || ':refund_due'
           where a.state = 'succeeded' group by a.person_id order by 1"""
    )
    for row in rows:
        assert row["due"] <= row["kept"], (
            f"{row['person_id']} is owed {row['due']} and only {row['kept']} of what he paid is here;"
            f" {await _history(tx, row['person_id'])}"
        )
    stuck = await tx.fetch(
        """select o.code, o.credits_posted - o.debits_posted as due from ledger_account o
           where o.code like 'customer:%:refund_due' and o.credits_posted - o.debits_posted - o.debits_pending > 0
             and not exists (select from refund r join payment_attempt a on a.id = r.attempt_id
               where r.state = 'failed' and 'customer:' || a.person_id || ':refund_due' = o.code)
             and not exists (select from dispute d join payment_attempt a on a.id = d.attempt_id
               where 'customer:' || a.person_id || ':refund_due' = o.code) order by 1"""
    )
    for row in stuck:
        history = await _history(tx, row["code"].split(":")[1])
        raise AssertionError(f"owed, and it does not go back: {dict(row)}; {history}")


async def _history(tx: Tx, person_id: str) -> str:
    """What moved on a customer's account, and his refunds, for whoever has to find out."""
    moved = await tx.fetch(
        """select j.at, j.kind, j.phase, j.reference, j.idem, e.amount
           from entry e join journal j on j.id = e.journal_id
             join ledger_account a on a.id = e.account_id where a.code = $1 order by e.id""",
        f"customer:{person_id}:refund_due",
    )  # fmt: skip
    refunds = await tx.fetch(
        """select r.id, a.id as attempt, a.reference, a.amount as paid, a.refunded, a.disputed, r.amount, r.owed,
             r.state
           from payment_attempt a left join refund r on r.attempt_id = a.id
           where a.person_id = $1 and a.state = 'succeeded' order by a.at, r.at""",
        person_id,
    )
    lines = [" ".join(str(value) for value in row) for row in (*moved, *refunds)]
    return "\n  ".join(["", *lines])


async def _statements_add_up(tx: Tx) -> None:
    """Opening + movements = closing = next opening, and all months together are the ledger at the last one's end."""
    rows = await tx.fetch(
        "select creator_id, month, document from creator_statement order by creator_id, month"
    )
    by_creator: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_creator[row["creator_id"]].append(row)
    for creator_id, months in by_creator.items():
        standing, seen = Amounts(), set[str]()
        for row in months:
            told, whose = _document(row["document"]), f"{creator_id} {row['month']}"
            assert amounts_of(told["opening"]) == standing, f"{whose} opens otherwise"
            by_kind = sum((amounts_of(one) for one in told["movements"]), Amounts())
            for line in told["lines"]:
                assert line["journal"] not in seen, f"{line['journal']} stands in two statements"
                seen.add(line["journal"])
                standing += amounts_of(line)
            assert amounts_of(told["closing"]) == standing, f"{whose} does not add up"
            assert amounts_of(told["opening"]) + by_kind == standing, f"{whose}: movements"
        assert standing == await _at_end_of(tx, creator_id, months[-1]["month"]), (
            f"the months of {creator_id} are not the ledger"
        )


async def _at_end_of(tx: Tx, creator_id: str, month: date) -> Amounts:
    """The sums of the entries by then."""
    rows = await tx.fetch(
        """select split_part(a.code, ':', 3) as name, sum(e.amount)::bigint as amount
           from ledger_account a join entry e on e.account_id = a.id join journal j on j.id = e.journal_id
           where starts_with(a.code, 'creator:' || $1 || ':') and e.phase in ('posted', 'post')
             and j.at < ($2::date + interval '1 month') at time zone 'UTC' group by 1""",
        creator_id, month,
    )  # fmt: skip
    found = {row["name"]: row["amount"] for row in rows}
    owed = found.pop("clawback", 0)
    return Amounts(**{name: -amount for name, amount in found.items()}, owed=owed)


async def _fees_are_charged_once(tx: Tx) -> None:
    """Fees of closed periods are journals, one each; and no period is closed twice."""
    rows = await tx.fetch(
        """select contract_id, count(*) as periods, count(distinct period_end) as ends,
             coalesce(sum(fee) filter (where charged), 0)::bigint as fee
           from performance_fee_statement group by 1"""
    )
    for row in rows:
        assert row["periods"] == row["ends"], f"{row['contract_id']} closed a period twice"
    booked = await tx.fetchval(
        """select coalesce(sum(e.amount), 0)::bigint from journal j join entry e on e.journal_id = j.id
           where j.kind = 'performance_fee.crystallised' and e.amount > 0 and e.phase in ('posted', 'post')"""
    )
    assert booked == sum(row["fee"] for row in rows), f"fees of {booked} are in the ledger"


def _document(kept: Any) -> dict[str, Any]:
    import json

    found: dict[str, Any] = kept if isinstance(kept, dict) else json.loads(bytes(kept))
    return found


async def _nothing_is_left(tx: Tx) -> None:
    dead = await tx.fetch("select handler, error from reaction where state = 'dead' limit 3")
    assert not dead, f"dead letters: {[dict(row) for row in dead]}"
    unheard = await tx.fetch(
        """select kind, said from gateway_event where handled_at is null
             or (tries >= 10 and said like '%: %') limit 3"""
    )
    assert not unheard, f"events that were not heeded: {[dict(row) for row in unheard]}"


async def _paid_months(tx: Tx) -> int:
    found: int = await tx.fetchval(
        """select coalesce(sum(case when s.period = 'year' then 12 else 1 end), 0)::int
           from payment_attempt a join subscription s on s.id = a.reference where a.state = 'succeeded'"""
    )
    return found
