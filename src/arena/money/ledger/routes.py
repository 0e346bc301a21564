"""The operator's look into the ledger."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.ledger.balance import journals_of, trial_balance
from arena.people.access import CallDep, Routes, needs

routes = Routes("ledger")


class AccountView(BaseModel):
    """One account of the chart; amounts are whole minor units (cents)."""

    code: str = Field(examples=["platform:fee_income"])
    currency: str = Field(examples=["USD"])
    debits: int
    credits: int
    balance: int = Field(description="Positive on the account's normal side.")


class TrialBalanceView(BaseModel):
    """All accounts with the two proofs: entries sum to zero, counters equal the sums of their entries."""

    sound: bool
    sums: dict[str, int] = Field(description="Sum of all entries per currency; each must be 0.")
    drift: int = Field(description="Accounts whose counters differ from their entries; must be 0.")
    accounts: list[AccountView]


class EntryView(BaseModel):
    """One entry: debit positive, credit negative, whole minor units."""

    code: str
    amount: int
    currency: str


class JournalView(BaseModel):
    """One immutable journal."""

    id: str
    kind: str
    reference: str
    at: str
    entries: list[EntryView]


@routes.add("GET", "/ledger/trial-balance", gate=needs("operate", kinds=("person",)))
async def show_trial_balance(call: CallDep) -> TrialBalanceView:
    """Every account of the ledger and whether the whole is sound."""
    trial = await trial_balance(call.tx)
    accounts = [
        AccountView(
            code=a.code, currency=a.currency, debits=a.debits, credits=a.credits, balance=a.balance
        )
        for a in trial.accounts
    ]
    return TrialBalanceView(
        sound=trial.sound, sums=trial.sums, drift=trial.drift, accounts=accounts
    )


@routes.add("GET", "/ledger/journals", gate=needs("operate", kinds=("person",)))
async def show_journals(
    call: CallDep,
    reference: Annotated[str, Query(pattern=r"^[a-z]+_[0-9a-z]{1,40}$", examples=["sub_0001"])],
) -> list[JournalView]:
    """The journals that belong to one subscription, oldest first (at most 100)."""
    return [
        JournalView(
            id=j.id, kind=j.kind, reference=j.reference, at=iso_ms(j.at),
            entries=[EntryView(code=e.code, amount=e.amount, currency=e.currency) for e in j.entries],
        )
        for j in await journals_of(call.tx, reference)
    ]  # fmt: skip
