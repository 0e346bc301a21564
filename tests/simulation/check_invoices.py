"""That invoices, credit notes and bills say what really was charged, given back and is owed; numbers, cents and tax."""

import json
from collections import defaultdict

from arena.kit.db import Row, Tx


async def documents_agree(tx: Tx) -> None:
    await _numbers_have_no_gaps(tx)
    await _each_charge_has_one(tx)
    uncredited = await _credited_is_what_went_back(tx)
    await _receivables_are_the_bills(tx)
    await _tax_is_on_paper(tx, uncredited)


async def _numbers_have_no_gaps(tx: Tx) -> None:
    rows = await tx.fetch(
        """select s.name, s.last, count(i.id) as n, min(i.number) as first, max(i.number) as newest
           from invoice_series s left join invoice i on i.series = s.name group by 1, 2 order by 1"""
    )
    for row in rows:
        told = (row["n"], row["first"], row["newest"])
        assert told == (row["last"], 1, row["last"]), f"{row['name']} has gaps: {dict(row)}"
    back = await tx.fetch(
        """select series, number from (select series, number, at, lag(at) over (partition by series order by number)
             as before from invoice) i where at < before limit 3"""
    )
    assert not back, f"days go down as numbers go up: {[dict(row) for row in back]}"


async def _each_charge_has_one(tx: Tx) -> None:
    """Its own, of what was charged; or that of the bill it paid."""
    rows = await tx.fetch(
        """select a.id, a.reference, a.amount, a.person_id, i.total, i.person_id as told, i.kind, i.document,
             a.tax_bps, b.invoice_id as bill
           from payment_attempt a left join invoice i on i.source = a.id left join bill b on b.invoice_id = a.reference
           where a.state = 'succeeded' order by a.id"""
    )
    for row in rows:
        about = f"{row['id']} for {row['reference']} of {row['amount']}"
        if row["bill"] is not None:
            assert row["total"] is None, f"{about} paid a bill and has an invoice of its own"
            continue
        assert (row["total"], row["told"], row["kind"]) == (
            row["amount"], row["person_id"], "invoice",
        ), f"{about}: its invoice is of {row['total']}"  # fmt: skip
        document = json.loads(row["document"])
        assert sum(int(line["total"]) for line in document["lines"]) == row["amount"], about
        assert int(document["net"]) + int(document["tax"]) == row["amount"], about
    stray = await tx.fetch(
        """select i.id, i.source from invoice i where i.kind = 'invoice'
             and not exists (select from payment_attempt a where a.id = i.source and a.state = 'succeeded')
             and not exists (select from bill b where b.invoice_id = i.id) limit 3"""
    )
    assert not stray, f"invoices of nothing: {[dict(row) for row in stray]}"
    over = await tx.fetch(
        """select i.id, i.total, sum(n.total) as credited from invoice i join invoice n on n.credits = i.id
           group by 1, 2 having sum(n.total) > i.total limit 3"""
    )
    assert not over, f"credited above themselves: {[dict(row) for row in over]}"


async def _credited_is_what_went_back(tx: Tx) -> int:
    """Of each thing that was paid for: refunds and lost disputes, each cent credited once. What came back from the
    bank stays credited and is owed. How much is owed that was not credited yet."""
    gone, credited, due = await _went_back(tx), await _credited(tx), await _due(tx)
    uncredited = 0
    for reference in sorted({*gone, *credited, *due}):
        came_back = credited[reference] - gone[reference]
        assert 0 <= came_back <= due[reference], (
            f"of {reference} {gone[reference]} went back and {due[reference]} are owed, {credited[reference]} are"
            f" credited: {await _story(tx, reference)}"
        )
        uncredited += due[reference] - came_back
    return uncredited


async def _went_back(tx: Tx) -> dict[str, int]:
    """By what was paid for."""
    rows = await tx.fetch(
        """select a.reference, (coalesce(sum((select sum(r.amount) from refund r where r.attempt_id = a.id
               and r.state in ('sent', 'succeeded'))), 0) + coalesce(sum((select sum(least(d.amount, a.amount))
               from dispute d where d.attempt_id = a.id and d.state = 'lost')), 0))::bigint as amount
           from payment_attempt a where a.state = 'succeeded' group by 1"""
    )
    return defaultdict(int, {row["reference"]: row["amount"] for row in rows})


async def _credited(tx: Tx) -> dict[str, int]:
    """Because money went back: corrections and write-offs of bills are no money."""
    rows = await tx.fetch(
        """select coalesce(a.reference, i.id) as reference, sum(n.total)::bigint as amount
           from invoice n join invoice i on i.id = n.credits left join payment_attempt a on a.id = i.source
           where exists (select from refund r where r.id = split_part(n.source, ':', 1))
             or exists (select from dispute d where d.id = split_part(n.source, ':', 1)) group by 1"""
    )
    return defaultdict(int, {row["reference"]: row["amount"] for row in rows})


async def _due(tx: Tx) -> dict[str, int]:
    """What customers are owed, by what it is owed for."""
    rows = await tx.fetch(
        """select j.reference, sum(-e.amount)::bigint as amount from entry e join journal j on j.id = e.journal_id
             join ledger_account a on a.id = e.account_id
           where a.code like 'customer:%:refund_due' and e.phase in ('posted', 'post') group by 1"""
    )
    return defaultdict(int, {row["reference"]: row["amount"] for row in rows})


async def _story(tx: Tx, reference: str) -> str:
    """What became of the payments for it, for whoever has to find out."""
    rows: list[Row] = []
    for sql in (
        """select 'paid', id, amount, refunded, disputed from payment_attempt
           where reference = $1 and state = 'succeeded'""",
        """select 'refund', r.id, r.attempt_id, r.amount, r.state, r.owed from refund r join payment_attempt a
             on a.id = r.attempt_id where a.reference = $1 order by r.at""",
        """select 'dispute', d.id, d.attempt_id, d.amount, d.state from dispute d join payment_attempt a
             on a.id = d.attempt_id where a.reference = $1 order by d.at""",
        """select 'note', n.series, n.number, n.source, n.total, i.source from invoice n join invoice i
             on i.id = n.credits left join payment_attempt a on a.id = i.source
           where coalesce(a.reference, i.id) = $1 order by n.place""",
    ):
        rows += await tx.fetch(sql, reference)
    return "\n  ".join(["", *(" ".join(str(value) for value in row) for row in rows)])


async def _receivables_are_the_bills(tx: Tx) -> None:
    """Of each customer: his bills less what was paid and credited; and none is charged more than is left of it."""
    rows = await tx.fetch(
        """select coalesce(b.subject, split_part(a.code, ':', 2)) as subject, coalesce(b.owed, 0)::bigint as owed,
             coalesce(a.debits_posted - a.credits_posted, 0) as booked
           from (select subject, sum(amount - paid - credited) as owed from bill group by 1) b
             full join (select * from ledger_account where code like 'receivable:%') a
               on a.code = 'receivable:' || b.subject order by 1"""
    )
    for row in rows:
        assert row["owed"] == row["booked"], f"bills and receivable differ: {dict(row)}"
    rows = await tx.fetch(
        """select invoice_id, state, amount, paid, credited, settled_by_credit from bill
           where (state = 'paid') <> (amount <= paid + credited + settled_by_credit)
             and state <> 'written_off' limit 3"""
    )
    assert not rows, f"bills in another state than they are paid: {[dict(row) for row in rows]}"


async def _tax_is_on_paper(tx: Tx, uncredited: int) -> None:
    """What is owed to a country: the tax on invoices less that on credit notes. Where something is owed back and not
    credited yet, its tax is given back already."""
    told: dict[tuple[str, str], int] = defaultdict(int)
    for row in await tx.fetch(
        """select i.kind, i.document, coalesce(a.reference, b.debt) as of from invoice i
             left join invoice c on c.id = i.credits
             left join payment_attempt a on a.id = coalesce(c.source, i.source)
             left join bill b on b.invoice_id = coalesce(c.id, i.id)"""
    ):
        document = json.loads(row["document"])
        sign = 1 if row["kind"] == "invoice" else -1
        told[document["tax_country"].lower(), row["of"]] += sign * int(document["tax"])
    booked = await tx.fetch(
        """select split_part(a.code, ':', 2) as country, j.reference, -sum(e.amount)::bigint as amount
           from ledger_account a join entry e on e.account_id = a.id join journal j on j.id = e.journal_id
           where a.code like 'tax_payable:%' and e.phase in ('posted', 'post') group by 1, 2"""
    )
    apart = defaultdict(int, told)
    for row in booked:
        apart[row["country"], row["reference"]] -= row["amount"]
    for country in {country for country, _ in apart}:
        off = {of: amount for (at, of), amount in sorted(apart.items()) if at == country and amount}
        stories = [f"{of} {amount}: {await _story(tx, of)}" for of, amount in list(off.items())[:3]]
        assert 0 <= sum(off.values()) <= uncredited, (
            f"tax of {country or 'nowhere'} on paper and in the ledger differ: {stories}"
        )
