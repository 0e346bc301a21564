"""Every account that a collective ever had, of its own and of its feeds, for anyone.

Feeds and accounts are two packages' business, therefore this stands here.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field, PlainSerializer

from arena.kit.clock import iso_ms
from arena.kit.page import Page
from arena.people import identity
from arena.people.access import CallDep, Routes, public
from arena.trading import performance
from arena.trading.performance import RankedView

routes = Routes("people")
ACCOUNTS_MAX = 1000
CollectiveId = Annotated[str, Path(pattern=r"^col_[0-9a-hjkmnp-tv-z]{26}$")]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]


class CollectiveAccount(BaseModel):
    """An account with its record as of the last midnight. Opened and closed in product time."""

    account_id: str
    kind: str = Field(description="collective: it trades it itself; reference: it follows a feed.")
    feed_id: str | None
    venue: str
    quote: str
    opening_cash: str
    opened_at: Time
    closed_at: Time | None
    flows: int = Field(description="How often money was put in or taken out, which is no return.")
    record: RankedView | None = Field(description="Without a rank; null before its first midnight.")


@routes.add(
    "GET",
    "/collectives/{collective_id}/accounts",
    gate=public("a past that can be shed says nothing"),
)
async def list_accounts(call: CallDep, collective_id: CollectiveId) -> Page[CollectiveAccount]:
    """Every account the collective ever had, closed ones included, the oldest first."""
    tx = call.tx
    await identity.collective(tx, collective_id)
    rows = await tx.fetch(
        """select a.*, f.id as feed_id, (select count(*) from account_flow w where w.account_id = a.id) as flows
           from account a left join feed f on f.account_id = a.id and f.collective_id = $1
           where (a.owner_id = $1 and a.kind = 'collective') or f.id is not null
           order by a.opened_at, a.id limit $2""",
        collective_id, ACCOUNTS_MAX,
    )  # fmt: skip
    records = await performance.records(tx, [row["id"] for row in rows])
    return Page(
        data=[
            CollectiveAccount(
                account_id=row["id"], kind=row["kind"], feed_id=row["feed_id"], venue=row["venue"],
                quote=row["quote"], opening_cash=format(row["opening_cash"], "f"),
                opened_at=row["opened_at"], closed_at=row["closed_at"], flows=row["flows"],
                record=RankedView.of(records[row["id"]]) if row["id"] in records else None,
            )
            for row in rows
        ],
        has_more=False,
    )  # fmt: skip
