"""Books of a copier and a creator: what each reading does to them, and what a closed period costs. Pure.

The default, `cumulative_profit`, counts all profits and losses of a copier with a creator together, whatever feed they
came from: fee = rate x max(0, profit - mark), mark = max(mark, profit). A creator who opens a new feed after a loss
starts where he was. The other two policies keep marks by account.
"""

from collections.abc import Iterable
from dataclasses import replace

from arena.money.performance_fees import lots
from arena.money.performance_fees.model import (
    MICROS,
    AccountBook,
    Books,
    Outcome,
    Policy,
    Reading,
    Settlement,
    Terms,
)


def read_all(books: Books, readings: Iterable[Reading], terms: Terms) -> Books:
    for reading in readings:
        books = read(books, reading, terms)
    return books


def read(books: Books, reading: Reading, terms: Terms) -> Books:
    """Profit first, then the flow. What an account held when it was first read is a deposit, not a gain."""
    equity, flow = reading.equity * MICROS, reading.flow * MICROS
    before = books.accounts.get(reading.account)
    if before is None:
        book = _flowed(AccountBook(), equity, terms.policy)
    else:
        book = replace(before, equity=equity)
        books = replace(books, profit=books.profit + equity - before.equity)
    books = _with(books, reading.account, book)
    if flow < 0 and terms.policy == "cumulative_profit":
        books = replace(books, held=books.held + _leaving(books, -flow))
    books = _with(books, reading.account, _flowed(book, flow, terms.policy))
    short = books.equity < terms.minimum * MICROS
    return replace(books, drawn_down=short and (books.drawn_down or flow < 0))


def gain(books: Books, policy: Policy) -> int:
    """What a fee would be due on, had the period ended at the last reading; micro-dollars."""
    if policy == "cumulative_profit":
        return max(0, books.profit - books.mark)
    return sum(lots.gain(book) for book in books.accounts.values())


def held_gain(books: Books, policy: Policy, *, left: bool) -> int:
    """What of it went with money that was taken out; `left`: the copier has gone, and all of it did."""
    if left:
        return gain(books, policy)
    if policy == "cumulative_profit":
        return books.held
    return sum(lots.held_gain(book) for book in books.accounts.values())


def fee_of(gain_micros: int, rate_bps: int) -> int:
    """Whole cents, rounded down, once a period."""
    return gain_micros * rate_bps // (10_000 * MICROS)


def settle(books: Books, terms: Terms) -> Settlement:
    """Closes a period. Who has taken out so much that less than the minimum is left is warned when one period
    closes; when the next one closes as well, nothing is due any more and the contract stops."""
    due = gain(books, terms.policy)
    after = replace(books, mark=max(books.mark, books.profit), held=0, warned=books.drawn_down)
    if terms.policy != "cumulative_profit":
        settled = {name: lots.settled(book) for name, book in books.accounts.items()}
        after = replace(after, accounts=settled)
    if books.drawn_down and books.warned:
        return Settlement(after, 0, 0, "stopped")
    fee = fee_of(due, terms.rate_bps)
    outcome: Outcome = "warned" if books.drawn_down else "due" if fee else "nothing"
    return Settlement(after, due, fee, outcome)


def _leaving(books: Books, amount: int) -> int:
    """The part of the gain not held yet that goes with a withdrawal."""
    free, equity = max(0, books.profit - books.mark - books.held), books.equity
    return free * min(amount, equity) // equity if equity else 0


def _flowed(book: AccountBook, flow: int, policy: Policy) -> AccountBook:
    if policy == "cumulative_profit":
        return replace(book, equity=book.equity + flow)
    if flow > 0:
        return lots.deposited(book, flow, merged=policy == "loss_carry")
    return lots.withdrawn(book, -flow) if flow else book


def _with(books: Books, account: str, book: AccountBook) -> Books:
    return replace(books, accounts={**books.accounts, account: book})
