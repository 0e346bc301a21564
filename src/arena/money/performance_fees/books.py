"""Books of a copier and a creator: what each reading does to them, and what a closed period costs. Pure.

The default, `cumulative_profit`, counts all profits and losses of a copier with a creator together, whatever feed they
came from: fee = rate x max(0, profit - mark), mark = max(mark, profit). A creator who opens a new feed after a loss
starts where he was. The other two policies keep marks by account. Periods that opened under the first edition of these
rules (`terms.rules` 1) close by it.
"""

from collections.abc import Iterable
from dataclasses import replace

from arena.kit.money import allocate
from arena.money.performance_fees import lots
from arena.money.performance_fees.model import (
    MICROS,
    AccountBook,
    Books,
    Exit,
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
    return replace(
        books, drawn_down=short and (books.drawn_down or flow < 0),
        warned=books.warned and (short or terms.rules == 1),
    )  # fmt: skip


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


def settle(books: Books, terms: Terms, exit: Exit | None = None) -> Settlement:
    """Closes a period. Who has taken out so much that less than the minimum is left is warned when one period closes;
    where it never was the minimum again until the next one closes, the contract stops. What was earned until then is
    due (by the first edition of the rules it was not). `exit`: the copier has left, and what is due falls as far as
    what he followed fell since."""
    if terms.rules == 1:
        exit = None
    due = gain(books, terms.policy) if exit is None else _gain_after(books, exit, terms.policy)
    after = replace(books, mark=max(books.mark, books.profit), held=0, warned=books.drawn_down)
    if terms.policy != "cumulative_profit":
        settled = {name: lots.settled(book) for name, book in books.accounts.items()}
        after = replace(after, accounts=settled)
    over = books.drawn_down and books.warned
    if over and terms.rules == 1:
        return Settlement(after, 0, 0, "stopped")
    fee = fee_of(due, terms.rate_bps)
    outcome: Outcome = "due" if fee else "nothing"
    if books.drawn_down and exit is None:
        outcome = "stopped" if over else "warned"
    return Settlement(after, due, fee, outcome)


def worth_after(capital: int, exit: Exit) -> int:
    """What capital would be worth as the period ends, had it stayed: in equal parts on the feeds that were followed,
    by what each one's reference account was worth at the exit and at the end. Never more than it was."""
    if not exit.end:
        return capital
    parts = allocate(capital, [1 for _ in exit.start])
    worth = sum(
        part * max(0, exit.end[account]) // start
        for part, (account, start) in zip(parts, sorted(exit.start.items()), strict=True)
    )
    return min(capital, worth)


def _gain_after(books: Books, exit: Exit, policy: Policy) -> int:
    """What a fee is due on after all was taken out; never more than as it was."""
    capital = exit.capital * MICROS
    worth = worth_after(capital, exit)
    if policy == "cumulative_profit":
        return max(0, books.profit - books.mark - (capital - worth))
    fallen = [
        replace(
            book, slices=tuple(replace(s, now=s.now * worth // capital) for s in book.slices)
        )
        for book in books.accounts.values()
    ]  # fmt: skip
    return sum(lots.gain(book) for book in (fallen if capital else books.accounts.values()))


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
