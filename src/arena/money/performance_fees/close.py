"""Close the periods that are over: fee, statement, journal and the next period, in one transaction, once."""

from dataclasses import dataclass, replace

from arena.evidence import audit
from arena.kit.canonical import document_sha
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.signing import SigningKey
from arena.money import buyers, ledger
from arena.money.performance_fees import reading_store, store
from arena.money.performance_fees.books import read_all, settle
from arena.money.performance_fees.document import SignedReading, statement_document
from arena.money.performance_fees.hold import fee_legs, let_go
from arena.money.performance_fees.model import (
    MICROS,
    RULES,
    Contract,
    Copier,
    FeeCrystallised,
    FeePeriodClosed,
    Mode,
    Reading,
    Settlement,
    Statement,
)
from arena.money.performance_fees.observe import observe
from arena.money.performance_fees.offer import mode_for
from arena.money.performance_fees.periods import end_after

BATCH = 200
_Declared = tuple[str, bool, bool]


@dataclass(frozen=True, slots=True)
class _Closing:
    """A period as it closes."""

    contract: Contract
    statement: Statement
    settled: Settlement
    reading_last: int


async def close_due(db: Database, *, platform_bps: int, key: SigningKey, batch: int = BATCH) -> int:
    """How many periods were closed. Safe to run twice, at once or late; a crash loses the open batch, which is closed
    by the next run. `platform_bps` is the arena's part of what is charged; `key` signs the readings with which stopped
    contracts let go of their accounts."""
    count = 0
    while True:
        async with db.transaction() as tx:
            closed = await close_batch(tx, platform_bps=platform_bps, key=key, limit=batch)
        count += closed
        if not closed:
            return count


async def close_one(tx: Tx, contract_id: str, *, platform_bps: int, key: SigningKey) -> bool:
    """Whether a period of this contract was over, and is closed."""
    found = await store.contract(tx, contract_id, lock=True)
    over = found is not None and found.status in ("active", "ending") and found.period_end <= tx.now
    if found is None or not over or (found.exit is not None and not found.exit.measured):
        return False
    return bool(await close_these(tx, [found], platform_bps=platform_bps, key=key))


async def close_batch(tx: Tx, *, platform_bps: int, key: SigningKey, limit: int) -> int:
    return await close_these(tx, await store.due(tx, limit), platform_bps=platform_bps, key=key)


async def close_these(tx: Tx, due: list[Contract], *, platform_bps: int, key: SigningKey) -> int:
    """Closes one period of each; they are locked, running, and their periods are over."""
    if not due:
        return 0
    ids = [each.id for each in due]
    before = await store.closed(tx, ids)
    readings = await reading_store.readings(
        tx, ids, {name: at.reading_last for name, at in before.items()}
    )
    closing = [
        _close(contract, before.get(contract.id, store.OPENING), readings[contract.id])
        for contract in due
    ]
    modes = await _modes(tx, due)
    for each in closing:
        await let_go(tx, each.contract)
    await _charge(tx, closing, platform_bps)
    await store.insert_statements(tx, [(each.statement, each.reading_last) for each in closing])
    for each in closing:
        if each.settled.outcome == "stopped":
            await _let_go(tx, each, readings[each.contract.id], key)
    await store.save_contracts(tx, [_after(each, modes) for each in closing])
    for each in closing:
        made, contract = each.statement, each.contract
        await tx.record(
            FeePeriodClosed(
                contract.id, made.id, contract.copier.person_id, contract.creator_id, made.fee,
                contract.set_aside_amount, contract.terms.currency, made.charged, each.settled.outcome,
            )
        )  # fmt: skip
        await audit.record(
            tx, actor="system", actor_kind="system", action="performance_fees.close", object=made.contract_id,
            detail={
                "statement": made.id, "sha": made.sha, "fee": str(made.fee), "charged": made.charged,
                "outcome": each.settled.outcome, "held": str(contract.set_aside_amount),
            },
        )  # fmt: skip
    return len(closing)


def _close(contract: Contract, opening: store.Closed, readings: list[SignedReading]) -> _Closing:
    within = [each for each in readings if each.reading.at <= contract.period_end]
    books = read_all(opening.books, [each.reading for each in within], contract.terms)
    settled = settle(books, contract.terms, contract.exit)
    charged = contract.mode == "charged"
    document = statement_document(
        contract, within, opening.books, settled, charged=charged, previous=opening.sha
    )
    made_id = derived("pfs", contract.id, contract.period_start.isoformat())
    journal_id = derived("jrn", made_id) if charged and settled.fee else None
    made = Statement(
        made_id, contract.id, contract.period_start, contract.period_end, settled.fee, charged, journal_id,
        document_sha(document), document,
    )  # fmt: skip
    return _Closing(contract, made, settled, within[-1].number if within else opening.reading_last)


async def _charge(tx: Tx, closing: list[_Closing], platform_bps: int) -> None:
    charged = [each for each in closing if each.statement.journal_id]
    if not charged:
        return
    taxes = await buyers.taxes_for(tx, [each.contract.copier.person_id for each in charged])
    journals = [
        ledger.NewJournal(
            each.statement.id, each.contract.id,
            fee_legs(each.contract, each.settled.fee, platform_bps, taxes[each.contract.copier.person_id]),
        )
        for each in charged
    ]  # fmt: skip
    posted = await ledger.post_many(tx, kind=ledger.Kind.PERFORMANCE_FEE, journals=journals)
    assert posted == [each.statement.journal_id for each in charged]
    for each in charged:
        contract, made = each.contract, each.statement
        tax = taxes[contract.copier.person_id]
        await tx.record(
            FeeCrystallised(
                contract.id, made.id, contract.copier.person_id, contract.creator_id, platform_bps, made.fee,
                contract.terms.currency, made.period_start, made.period_end, tax.within(made.fee), tax.bps,
                tax.country, tax.reverse_charge,
            )
        )  # fmt: skip


async def _let_go(tx: Tx, each: _Closing, readings: list[SignedReading], key: SigningKey) -> None:
    """What a stopped contract's accounts do from here on is none of its business, should it ever go on."""
    later = [kept.reading for kept in readings if kept.number > each.reading_last]
    books = read_all(each.settled.books, later, each.contract.terms)
    at = later[-1].at if later else each.contract.period_end
    for account, book in sorted(books.accounts.items()):
        if book.equity:
            equity = book.equity // MICROS
            leaving = Reading(account, at, equity, -equity)
            reference = f"stop:{account}:{each.statement.id}"
            await observe(tx, each.contract.id, leaving, reference=reference, key=key)
        await store.let_account_go(tx, account)


async def _modes(tx: Tx, due: list[Contract]) -> dict[_Declared, Mode]:
    """What goes for the periods that open now, each declaration asked once."""
    modes: dict[_Declared, Mode] = {}
    for contract in due:
        who = contract.next_copier or contract.copier
        if _declared(who) not in modes:
            modes[_declared(who)] = await mode_for(tx, who)
    return modes


def _declared(who: Copier) -> _Declared:
    return who.country, who.us_person, who.qualified_client


def _after(each: _Closing, modes: dict[_Declared, Mode]) -> Contract:
    """The next period, by what was agreed and declared for it and what the operator allows now; or none, for who has
    left or was stopped."""
    contract = each.contract
    if each.settled.outcome == "stopped":
        return replace(contract, status="stopped")
    if contract.status == "ending":
        return replace(contract, status="ended")
    rate = contract.terms.rate_bps if contract.next_rate_bps is None else contract.next_rate_bps
    who = contract.next_copier or contract.copier
    return replace(
        contract, terms=replace(contract.terms, rate_bps=rate, rules=RULES), next_rate_bps=None, copier=who,
        next_copier=None, mode=modes[_declared(who)], period_start=contract.period_end,
        period_end=end_after(contract.terms.period, contract.period_end),
    )  # fmt: skip
