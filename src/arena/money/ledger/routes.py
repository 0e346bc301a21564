"""The operator's look into the ledger."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.ledger.balance import find_journals, journal, statement, trial_balance
from arena.money.ledger.model import Journal, NoSuchJournal
from arena.money.ledger.seal import broken_heads, heads
from arena.people.access import CallDep, Routes, needs

routes = Routes("ledger")


class AccountView(BaseModel):
    """One account of the chart; amounts are whole minor units (cents)."""

    code: str = Field(examples=["platform:fee_income"])
    currency: str = Field(examples=["USD"])
    debits: int
    credits: int
    balance: int = Field(description="Positive on the account's normal side.")
    held: int = Field(0, description="Set aside, and still in the balance.")


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
    phase: str = Field(
        "posted", description="posted, pending (set aside), post (that moves), void (it does not)."
    )
    resolves: str | None = Field(
        None, description="The journal that set aside what this one moves or releases."
    )


class StatementLineView(BaseModel):
    """One journal's effect on the account, on its normal side, whole minor units."""

    journal: str
    kind: str
    reference: str
    at: str
    amount: int
    balance: int = Field(description="After it.")


class AccountStatementView(BaseModel):
    """What moved an account in [since, until): opening plus all amounts is closing."""

    code: str
    currency: str
    since: str
    until: str
    opening: int
    closing: int
    lines: list[StatementLineView]


class HeadView(BaseModel):
    """All entries up to number `entry_max`; `sha` follows from the head before and the entries since."""

    number: int
    entry_max: int
    entries: int
    sha: str
    debits: dict[str, int]
    at: str
    log_index: int
    holds: bool = Field(description="Whether it still follows from what the ledger holds now.")


@routes.add("GET", "/ledger/trial-balance", gate=needs("operate", kinds=("person",)))
async def show_trial_balance(call: CallDep) -> TrialBalanceView:
    """Every account of the ledger and whether the whole is sound."""
    trial = await trial_balance(call.tx)
    accounts = [
        AccountView(
            code=a.code,
            currency=a.currency,
            debits=a.debits,
            credits=a.credits,
            balance=a.balance,
            held=a.held,
        )
        for a in trial.accounts
    ]
    return TrialBalanceView(
        sound=trial.sound, sums=trial.sums, drift=trial.drift, accounts=accounts
    )


@routes.add("GET", "/ledger/journals", gate=needs("operate", kinds=("person",)))
async def show_journals(
    call: CallDep,
    reference: Annotated[str, Query(pattern=r"^[a-z]+_[0-9A-Za-z_]{1,60}$", examples=["sub_0001"])],
    after: Annotated[
        str | None,
        Query(pattern=r"^jrn_[0-9a-z]{1,40}$", description="The last journal of the page before."),
    ] = None,
) -> list[JournalView]:
    """The journals that name a subscription, payment, refund, payout, person, collective or journal; oldest first, a
    hundred at a time."""
    return [_journal_view(each) for each in await find_journals(call.tx, reference, after=after)]


@routes.add("GET", "/ledger/journals/{journal_id}", gate=needs("operate", kinds=("person",)))
async def show_journal(
    call: CallDep,
    journal_id: Annotated[str, Path(pattern=r"^jrn_[0-9a-z]{1,40}$", examples=["jrn_0001"])],
) -> JournalView:
    """One journal."""
    found = await journal(call.tx, journal_id)
    if found is None:
        raise NoSuchJournal(journal_id=journal_id)
    return _journal_view(found)


@routes.add("GET", "/ledger/accounts/{code}/statement", gate=needs("operate", kinds=("person",)))
async def show_statement(
    call: CallDep,
    code: Annotated[str, Path(max_length=80, examples=["platform:fee_income"])],
    since: Annotated[AwareDatetime, Query(examples=["2024-01-01T00:00:00Z"])],
    until: Annotated[AwareDatetime, Query(examples=["2024-02-01T00:00:00Z"])],
) -> AccountStatementView:
    """What moved an account between two times, product time."""
    found = await statement(call.tx, code, since, until)
    return AccountStatementView(
        code=found.code, currency=found.currency, since=iso_ms(found.since), until=iso_ms(found.until),
        opening=found.opening, closing=found.closing,
        lines=[
            StatementLineView(
                journal=line.journal_id, kind=line.kind, reference=line.reference, at=iso_ms(line.at),
                amount=line.amount, balance=line.balance,
            )
            for line in found.lines
        ],
    )  # fmt: skip


@routes.add("GET", "/ledger/heads", gate=needs("operate", kinds=("person",)))
async def show_heads(call: CallDep) -> list[HeadView]:
    """The newest heads of the ledger, at most 31, each computed again from what the ledger holds."""
    found = await heads(call.tx)
    broken = await broken_heads(call.tx, since=found[-1].number) if found else ()
    return [
        HeadView(
            number=head.number, entry_max=head.entry_max, entries=head.entries, sha=head.sha,
            debits=head.debits, at=iso_ms(head.at), log_index=head.log_index,
            holds=head.number not in broken,
        )
        for head in found
    ]  # fmt: skip


def _journal_view(found: Journal) -> JournalView:
    return JournalView(
        id=found.id, kind=found.kind, reference=found.reference, at=iso_ms(found.at),
        entries=[
            EntryView(code=e.code, amount=e.amount, currency=e.currency) for e in found.entries
        ],
        phase=found.phase, resolves=found.resolves,
    )  # fmt: skip
