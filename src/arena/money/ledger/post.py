"""Post a journal: all of its legs or none, once, whoever asks how often. Set money aside, then move or release it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncpg

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money.ledger import kinds, store
from arena.money.ledger.kinds import Kind
from arena.money.ledger.model import JournalDiffers, Leg, NewJournal, NotPending, Overdrawn, Phase
from arena.money.ledger.store import Row

_spell = json.JSONEncoder(ensure_ascii=False).encode
FEW = 20
"""More journals than this are copied in rather than inserted."""


async def post(tx: Tx, *, kind: Kind, idem: str, reference: str, legs: Sequence[Leg]) -> str:
    """The journal's id. A repeat of `idem` with the same content gives the first journal's id.

    PostgreSQL refuses what does not balance and what would overdraw. Raises JournalDiffers where the content differs
    from the first, UnknownAccount and WrongPosting where chart or kind have no place for a leg, Overdrawn.
    """
    [made] = await post_many(tx, kind=kind, journals=[NewJournal(idem, reference, legs)])
    return made


async def post_many(tx: Tx, *, kind: Kind, journals: Sequence[NewJournal]) -> list[str]:
    """Their ids, in their order; all in one statement, all or none. Raises what `post` raises."""
    return await _insert(tx, kind, journals, "posted")


async def set_aside(tx: Tx, *, kind: Kind, idem: str, reference: str, legs: Sequence[Leg]) -> str:
    """A pending journal's id: nothing has moved, but what would be debited is not free any more. Raises as `post`."""
    [made] = await _insert(tx, kind, [NewJournal(idem, reference, legs)], "pending")
    return made


async def move_set_aside(tx: Tx, journal_id: str) -> str:
    """What was set aside moves; the id of the journal that does it. Repeatable. Raises NotPending."""
    return await _resolve(tx, journal_id, "post")


async def release(tx: Tx, journal_id: str) -> str:
    """What was set aside is free again; the id of the journal that does it. Repeatable. Raises NotPending."""
    return await _resolve(tx, journal_id, "void")


async def _resolve(tx: Tx, journal_id: str, phase: Phase) -> str:
    """Two at once wait for each other at the unique index on `resolves`."""
    with _told():
        made = await store.insert_resolving(
            tx, derived("jrn", phase, journal_id), journal_id, phase
        )
    there = made or await store.resolving(tx, journal_id, phase)
    if there is None:
        raise NotPending(journal_id=journal_id)
    return there


async def _insert(tx: Tx, kind: Kind, journals: Sequence[NewJournal], phase: Phase) -> list[str]:
    with _told():
        if len(journals) > FEW and (copied := await _copy(tx, kind, journals, phase)):
            return copied
        rows = [_row(kind, journal, phase) for journal in journals]
        made = await store.insert_journals(tx, rows, kind=kind.value, phase=phase)
        if made < len(rows):  # accounts that are new, or journals that were there
            await store.make_accounts(tx, _accounts(journals))
            await store.insert_journals(tx, rows, kind=kind.value, phase=phase)
            await _check_same(tx, rows)
    return [row.id for row in rows]


def _accounts(journals: Sequence[NewJournal]) -> list[tuple[str, str]]:
    """Code and currency of each account that takes part, once, in order."""
    return sorted({(leg.code, leg.currency) for journal in journals for leg in journal.legs})


async def _copy(
    tx: Tx, kind: Kind, journals: Sequence[NewJournal], phase: Phase
) -> list[str] | None:
    """The ids of all; None where one of them was there, and nothing was made. PostgreSQL takes in what is ready while
    the rest is hashed."""
    numbers = await store.make_accounts(tx, _accounts(journals))
    made: list[str] = []

    def rows() -> Iterator[Row]:
        for journal in journals:
            row = _row(kind, journal, phase)
            made.append(row.id)
            yield row

    try:
        async with tx.savepoint():
            await store.copy_journals(tx, rows(), numbers, kind=kind.value, phase=phase)
    except asyncpg.UniqueViolationError:
        return None
    return made


async def _check_same(tx: Tx, rows: Sequence[Row]) -> None:
    kept = await store.hashes(tx, [row.id for row in rows])
    for row in rows:
        if kept.get(row.id) != row.idem_hash:
            raise JournalDiffers(idem=row.idem)


def _row(kind: Kind, journal: NewJournal, phase: Phase) -> Row:
    legs = journal.legs
    amounts, currencies = [leg.amount for leg in legs], {leg.currency for leg in legs}
    total = sum(amounts)
    assert total == 0, f"journal {journal.idem} does not balance: {total}"
    assert len(currencies) == 1, f"journal {journal.idem} mixes {', '.join(sorted(currencies))}"
    kinds.check(kind, legs)
    return Row(
        derived("jrn", journal.idem), journal.idem, _content_hash(kind, journal, phase), journal.reference,
        currencies.pop(), [leg.code for leg in legs], amounts,
    )  # fmt: skip


def _content_hash(kind: Kind, journal: NewJournal, phase: Phase) -> bytes:
    """Over kind, reference and legs in any order, as canonical JSON (RFC 8785), spelled here: only the reference may
    hold a letter that JSON escapes, and a billing run hashes thousands."""
    legs = ",".join(
        sorted([f'["{leg.code}","{leg.currency}","{leg.amount}"]' for leg in journal.legs])
    )
    aside = "" if phase == "posted" else f'"phase":"{phase}",'
    content = (
        f'{{"kind":"{kind.value}","legs":[{legs}],{aside}"reference":{_spell(journal.reference)}}}'
    )
    return hashlib.sha256(content.encode()).digest()


@contextmanager
def _told() -> Iterator[None]:
    """What PostgreSQL refuses of what people may ask for, in words."""
    try:
        yield
    except asyncpg.CheckViolationError as refused:
        if refused.constraint_name != "no_overdraft":
            raise
        raise Overdrawn(code=store.code_in(refused.detail)) from refused
