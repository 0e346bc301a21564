"""Read the ledger: one account, all of them with their proof sums, the journals of a reference."""

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.money.ledger import store
from arena.money.ledger.model import Journal, TrialBalance


async def balance(tx: Tx, code: str) -> Money:
    """What is posted on the account, positive on its normal side; zero dollars where it does not exist."""
    account = await store.account(tx, code)
    return Money(0) if account is None else Money(account.balance, account.currency)


async def trial_balance(tx: Tx) -> TrialBalance:
    """Every account, the sum of all entries per currency, and how many accounts drifted from their entries."""
    return TrialBalance(await store.accounts(tx), await store.sums(tx), await store.drifted(tx))


async def journals_of(tx: Tx, reference: str, *, limit: int = 100) -> list[Journal]:
    """The journals that belong to a business id (sub_…), oldest first."""
    return await store.journals(tx, reference, limit)
