"""Lots with marks of their own (`lots`), or all money under one mark (`loss_carry`). Pure, whole micro-dollars.

Method A and B of the usual "series of shares" and "loss carry-forward": a mark moves only with money. A withdrawal
takes the same share of each lot and of its mark, and leaves a slice behind on which a fee is due if the period ends as
high. Between flows a lot's value is its share of the equity, so that how often an account is read changes nothing.
"""

from dataclasses import replace

from arena.kit.money import allocate
from arena.money.performance_fees.model import AccountBook, Lot, Slice


def deposited(book: AccountBook, amount: int, *, merged: bool) -> AccountBook:
    """`merged`: the money joins the one lot that there is, whose losses then shield it."""
    at = rebased(book)
    lots = (*at.lots, Lot(amount, amount))
    if merged:
        lots = (Lot(sum(lot.value for lot in lots), sum(lot.mark for lot in lots)),)
    return replace(at, equity=at.equity + amount, base=sum(lot.value for lot in lots), lots=lots)


def withdrawn(book: AccountBook, amount: int) -> AccountBook:
    """What is taken beyond the equity takes all of it."""
    at = rebased(book)
    values = [lot.value for lot in at.lots]
    taken = allocate(min(amount, at.base), values) if at.base else [0 for _ in values]
    left, slices = [], list(at.slices)
    for lot, part in zip(at.lots, taken, strict=True):
        share = lot.mark * part // lot.value if part else 0
        if part < lot.value or lot.value == 0:
            left.append(Lot(lot.value - part, lot.mark - share))
        if part > share:
            slices.append(Slice(part, share, part))
    return AccountBook(
        at.equity - amount, sum(lot.value for lot in left), tuple(left), tuple(slices)
    )


def gain(book: AccountBook) -> int:
    """What a fee would be due on, had the period ended at the last reading."""
    at = rebased(book)
    return sum(max(0, lot.value - lot.mark) for lot in at.lots) + sum(
        max(0, min(each.value, each.now) - each.mark) for each in at.slices
    )


def held_gain(book: AccountBook) -> int:
    """What a fee was due on of what was taken out, when it was."""
    return sum(max(0, each.value - each.mark) for each in book.slices)


def settled(book: AccountBook) -> AccountBook:
    """Marks rise to what was reached, and never fall; lots at their marks are one from here on."""
    at = rebased(book)
    under = tuple(lot for lot in at.lots if lot.value < lot.mark)
    top = sum(lot.value for lot in at.lots if lot.value >= lot.mark)
    lots = (*under, Lot(top, top)) if top else under
    return replace(at, lots=lots, slices=())


def rebased(book: AccountBook) -> AccountBook:
    """Lots and slices at the account's equity now; nothing is worth less than nothing."""
    equity = max(0, book.equity)
    if equity == book.base:
        return book
    weights = [lot.value for lot in book.lots]
    if not any(weights):  # all was lost, and some of it came back
        weights = [lot.mark for lot in book.lots]
    if not any(weights):
        return replace(book, base=equity, lots=(Lot(equity, equity),) if equity else ())
    values = allocate(equity, weights)
    lots = tuple(Lot(value, lot.mark) for value, lot in zip(values, book.lots, strict=True))
    slices = tuple(
        replace(each, now=each.now * equity // book.base) if book.base else each
        for each in book.slices
    )
    return replace(book, base=equity, lots=lots, slices=slices)
