"""Read the ledger: one account, all of them with their proof sums, statements, the journals of a reference."""

from datetime import datetime

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.money.ledger import store
from arena.money.ledger.chart import rule_of
from arena.money.ledger.model import AccountBalance, AccountStatement, Journal, TrialBalance


async def balance(tx: Tx, code: str) -> Money:
    """What is posted on the account, positive on its normal side; zero dollars where it does not exist."""
    account = await store.account(tx, code)
    return Money(0) if account is None else Money(account.balance, account.currency)


async def free_balance(tx: Tx, code: str) -> Money:
    """The same without what is set aside."""
    account = await store.account(tx, code)
    return Money(0) if account is None else Money(account.free, account.currency)


async def balances(tx: Tx, prefix: str) -> list[AccountBalance]:
    """The accounts whose codes begin so."""
    return await store.accounts(tx, prefix=prefix)


async def statement(tx: Tx, code: str, since: datetime, until: datetime) -> AccountStatement:
    """What moved the account in [since, until), product time. Raises UnknownAccount where no chart has it."""
    normal = rule_of(code).normal
    account = await store.account(tx, code)
    opening = standing = normal * await store.moved_before(tx, code, since)
    lines = []
    for row in await store.moves(tx, code, since, until):
        lines.append(store.line(row, normal, standing))
        standing = lines[-1].balance
    currency = "USD" if account is None else account.currency
    return AccountStatement(code, currency, since, until, opening, standing, lines)


async def trial_balance(tx: Tx) -> TrialBalance:
    """Every account, the sum of all entries per currency, and how many accounts drifted from their entries."""
    return TrialBalance(await store.accounts(tx), await store.sums(tx), await store.drifted(tx))


async def find_journals(
    tx: Tx, wanted: str, *, after: str | None = None, limit: int = 100
) -> list[Journal]:
    """The journals that name a business id of any sort: a subscription, payment, refund, payout, person, collective or
    journal; oldest first, those behind the journal `after`."""
    return await store.found(tx, wanted, after, limit)


async def journal_by_key(tx: Tx, idem: str) -> Journal | None:
    return await store.by_key(tx, idem)


async def journal(tx: Tx, journal_id: str) -> Journal | None:
    return await store.journal(tx, journal_id)
