"""That creators are paid once, what was released to them and not a cent more: by the books of whoever pays them."""

from collections import Counter, defaultdict

from arena.kit.db import Row, Tx
from arena.money import ledger
from tests.doubles.stripe_server import StripeServer
from tests.doubles.stripe_server.books import Thing
from tests.simulation.cast import Cast

AT_STRIPE = {
    ("transferred", None): "in_transit", ("transferred", "pending"): "in_transit", ("transferred", "paid"): "paid",
    ("reversed", None): "failed", ("reversed", "failed"): "failed",
}  # fmt: skip
"""How a payout is, by what became of its transfer and of its payout to the bank; one that comes back after it had
arrived is reversed instead of failed."""


async def paid_out_once(tx: Tx, server: StripeServer, cast: Cast) -> None:
    await _by_the_fake(tx)
    await _by_stripe(tx, server)
    for creator_id in cast.creators:
        await _no_more_than_earned(tx, creator_id)


async def _by_the_fake(tx: Tx) -> None:
    rows = await tx.fetch(
        """select p.id, p.amount, p.state, p.accepted, f.amount as sent, f.state as fate,
             (select count(*) from fake_payout f where f.idempotency_key = p.id) as times
           from payout p left join fake_payout f on f.idempotency_key = p.id
           where p.gateway = 'fake' order by p.id"""
    )
    for row in rows:
        assert row["times"] <= 1, f"{row['id']} was sent twice"
        assert row["sent"] in (None, row["amount"]), f"{row['id']}: {row['sent']} was sent"
        if row["state"] in ("paid", "reversed"):
            assert row["fate"] == "paid", (
                f"{row['id']} is {row['state']}, the gateway: {row['fate']}"
            )
        if row["fate"] == "paid":
            assert row["state"] in ("paid", "reversed"), (
                f"{row['id']} arrived and is {row['state']}"
            )
    strangers = await tx.fetchval(
        "select count(*) from fake_payout f where not exists (select from payout p where p.id = f.idempotency_key)"
    )
    assert not strangers, f"{strangers} payouts that nobody asked for"


async def _by_stripe(tx: Tx, server: StripeServer) -> None:
    """Its books of the arena and of each creator's account, against ours: payout by payout, then the accounts."""
    transfers: dict[str, list[Thing]] = defaultdict(list)
    for one in server.books.all("transfer"):
        transfers[one["transfer_group"]].append(one)
    to_banks: dict[str, list[Thing]] = defaultdict(list)
    for account in server.books.all("account"):
        for one in server.of(account["id"]).all("payout"):
            to_banks[one["metadata"]["arena"]].append(one)
    assert set(to_banks) <= set(transfers), "a bank was paid what was never transferred"
    rows = await tx.fetch(
        """select p.*, a.account_id as at, s.state as step from payout p
             left join connected_account a on a.person_id = p.person_id and a.gateway = p.gateway
             left join connected_payout s on s.payout_id = p.id
           where p.gateway = 'stripe' order by p.id"""
    )
    strangers = set(transfers) - {row["id"] for row in rows}
    assert not strangers, f"transfers that nobody asked for: {strangers}"
    there = 0
    for row in rows:
        there += _seen_through(row, transfers[row["id"]], to_banks[row["id"]])
    connected = (await ledger.balance(tx, "payout:connected")).minor
    assert connected == there, f"we say {connected} are on creators' accounts, Stripe says {there}"
    owners = Counter(one["metadata"]["arena"] for one in server.books.all("account"))
    assert max(owners.values(), default=1) == 1, (
        f"two accounts of one person: {owners.most_common(1)}"
    )


def _seen_through(row: Row, transfers: list[Thing], to_banks: list[Thing]) -> int:
    """How much of this payout is on the creator's account at Stripe."""
    about = f"{row['id']} is {row['state']}, {row['step']}"
    assert len(transfers) <= 1, f"{about}: transferred {len(transfers)} times"
    if not transfers:
        assert not to_banks, f"{about}: the bank was paid"
        assert row["state"] not in ("paid", "reversed"), f"{about}, and Stripe never heard of it"
        return 0
    [sent] = transfers
    assert (sent["amount"], sent["destination"]) == (row["amount"], row["at"]), f"{about}: {sent}"
    assert len(to_banks) <= 1, f"{about}: its bank was paid {len(to_banks)} times"
    at_bank = to_banks[0]["status"] if to_banks else None
    for one in to_banks:
        assert one["currency"] != sent["currency"] or one["amount"] == sent["amount"], (
            f"{about}: {one}"
        )
    came = "reversed" if sent["reversed"] else "transferred"
    wanted = AT_STRIPE.get((came, at_bank))
    assert wanted is not None, f"{about}: at Stripe it is {came}, at the bank {at_bank}"
    late = at_bank == "failed" and row["state"] == "reversed"
    assert late or row["state"] == wanted, f"{about}: at Stripe it is {came}, at the bank {at_bank}"
    return 0 if sent["reversed"] or at_bank == "paid" else int(sent["amount"])


async def _no_more_than_earned(tx: Tx, creator_id: str) -> None:
    """All that ever reached a creator's bank came from what was released to him."""
    released = await tx.fetchval(
        """select coalesce(sum(-e.amount), 0)::bigint from entry e join journal j on j.id = e.journal_id
           join ledger_account a on a.id = e.account_id where a.code = $1 and e.phase in ('posted', 'post')
             and j.kind not in ('payout.reserved', 'payout.reversed')""",
        f"creator:{creator_id}:available",
    )  # fmt: skip
    gone = await tx.fetchval(
        "select coalesce(sum(amount), 0)::bigint from payout where person_id = $1 and state in ('in_transit', 'paid')",
        creator_id,
    )  # fmt: skip
    assert gone <= released, f"{creator_id} got {gone} of {released} that was released"
