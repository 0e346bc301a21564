"""What waits for an operator, and the money at a glance: reads for the operator's pages, a query or two each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import moderation
from arena.money import due_diligence
from arena.people import identity


@dataclass(frozen=True, slots=True)
class Queues:
    """Counts of what waits. Reviews and changes wait since a product time, people and dead letters since a wall
    time."""

    review: int
    review_since: datetime | None
    changed: int
    changed_since: datetime | None
    creators: int
    creators_since: datetime | None
    dead_letters: int
    dead_letters_since: datetime | None
    sanctions: int

    @property
    def counts(self) -> dict[str, int]:
        """For the tabs of the operator's pages."""
        return {
            "review": self.review + self.changed,
            "creators": self.creators,
            "dead_letters": self.dead_letters,
            "sanctions": self.sanctions,
        }


@dataclass(frozen=True, slots=True)
class Till:
    """Money of one currency. `off` is the sum of all accounts and must be 0; `charged` is that of the product day."""

    off: Money
    charged: Money
    charges: int
    refunds_owed: Money
    refunds_to: int
    income: Money


async def queues(tx: Tx) -> Queues:
    """Asks the queues for their lengths and for their oldest."""
    cases = await moderation.waiting(tx)
    creators, creators_since = await identity.creator_requests_count(tx)
    dead = await tx.one(
        """select count(*) as letters, min(f.recorded_at) as since
           from reaction r join fact f on f.id = r.fact_id where r.state = 'dead'"""
    )
    sanctions = len(await due_diligence.open_cases(tx))
    return Queues(
        cases.cases, cases.oldest_at, cases.changed, cases.changed_at, creators, creators_since,
        dead["letters"], dead["since"], sanctions,
    )  # fmt: skip


async def tills(tx: Tx) -> list[Till]:
    """One for each currency of the ledger; that of dollars where nothing was posted yet. Rests on the counters
    of the accounts: whether these equal their entries, GET /ledger/trial-balance says."""
    rows = await tx.fetch(
        """select currency, sum(debits_posted - credits_posted)::bigint as off,
             coalesce(sum(credits_posted - debits_posted) filter (where code like 'customer:%:refund_due'), 0)
               ::bigint as owed,
             count(*) filter (where code like 'customer:%:refund_due' and credits_posted > debits_posted) as owed_to,
             coalesce(sum(credits_posted - debits_posted) filter (where code = 'platform:fee_income'), 0)
               ::bigint as income
           from ledger_account group by currency order by currency"""
    )
    charged = await _charged_since(tx, tx.now.replace(hour=0, minute=0, second=0, microsecond=0))
    if not rows:
        nothing = Money(0)
        return [Till(nothing, nothing, 0, nothing, 0, nothing)]
    return [
        Till(
            Money(row["off"], row["currency"]),
            Money(charged.get(row["currency"], (0, 0))[1], row["currency"]),
            charged.get(row["currency"], (0, 0))[0],
            Money(row["owed"], row["currency"]),
            row["owed_to"],
            Money(row["income"], row["currency"]),
        )
        for row in rows
    ]


async def _charged_since(tx: Tx, since: datetime) -> dict[str, tuple[int, int]]:
    """By currency: how many charges went through, and their sum in minor units."""
    rows = await tx.fetch(
        """select currency, count(distinct journal_id) as charges, sum(amount)::bigint as amount
           from journal_leg where kind = 'payment.captured' and at >= $1 and amount > 0 group by currency""",
        since,
    )
    return {row["currency"]: (row["charges"], row["amount"]) for row in rows}


async def names_of(tx: Tx, ids: Collection[str]) -> dict[str, str]:
    """The names of persons and collectives among these ids."""
    rows = await tx.fetch(
        """select id, name from person where id = any($1::text[])
           union all select id, name from collective where id = any($1::text[])""",
        sorted(set(ids)),
    )
    return {row["id"]: row["name"] for row in rows}


async def other_operators(tx: Tx, person_id: str) -> int:
    """How many others could decide what this person may not."""
    count: int = await tx.fetchval(
        "select count(*) from person where 'operator' = any(roles) and id <> $1", person_id
    )
    return count
