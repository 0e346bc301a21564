"""What a copier and a creator see: contracts, where an open period stands, statements to be computed again."""

from dataclasses import dataclass
from typing import Any

from arena.kit.canonical import canonical_json
from arena.kit.db import Tx
from arena.kit.signing import SigningKey, to_base64
from arena.money.performance_fees import reading_store, store
from arena.money.performance_fees.books import fee_of, gain, held_gain, read_all
from arena.money.performance_fees.model import (
    MICROS,
    Books,
    Contract,
    Mode,
    NoSuchContract,
    NoSuchStatement,
    Statement,
)
from arena.money.performance_fees.offer import mode_for

CONTRACTS_MAX = 200


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """Cents. `accrued` would be due, had the period ended at the last reading; `held` of it left with withdrawals.
    `next_mode` goes for the period after this one, by what is declared and switched now."""

    contract: Contract
    mode: Mode
    profit: int
    mark: int
    accrued: int
    held: int
    books: Books
    next_mode: Mode


async def contracts(
    tx: Tx,
    *,
    copier_id: str | None = None,
    creator_id: str | None = None,
    after: str = "",
    limit: int = CONTRACTS_MAX,
) -> list[Contract]:
    """The newest first; `after` is the id of the last one seen."""
    return await store.contracts_of(
        tx, copier_id=copier_id, creator_id=creator_id, after=after, limit=limit
    )


async def page_of(tx: Tx, person_id: str, *, after: str = "") -> list[Contract]:
    """At most CONTRACTS_MAX: a person's contracts as a copier, then as a creator, each the newest first. `after` is the
    id of the last one seen. Raises NoSuchContract."""
    found: list[Contract] = []
    last = await seen(tx, after, person_id) if after else None
    if last is None or last.copier.person_id == person_id:
        found = await contracts(tx, copier_id=person_id, after=after)
        after = ""
    left = CONTRACTS_MAX - len(found)
    if left:
        found += await contracts(tx, creator_id=person_id, after=after, limit=left)
    return found


async def open_period(tx: Tx, contract_id: str, person_id: str) -> OpenPeriod:
    """Raises NoSuchContract for those who are neither its copier nor its creator."""
    found = await seen(tx, contract_id, person_id)
    last = (await store.closed(tx, [found.id])).get(found.id, store.OPENING)
    since = await reading_store.readings(tx, [found.id], {found.id: last.reading_last})
    books = read_all(last.books, [each.reading for each in since[found.id]], found.terms)
    policy, rate = found.terms.policy, found.terms.rate_bps
    return OpenPeriod(
        found, found.mode, books.profit // MICROS, books.mark // MICROS,
        fee_of(gain(books, policy), rate),
        fee_of(held_gain(books, policy, left=found.status == "ending"), rate), books,
        await mode_for(tx, found.next_copier or found.copier),
    )  # fmt: skip


async def statements(tx: Tx, contract_id: str, person_id: str) -> list[Statement]:
    """The newest first, at most 100. Raises NoSuchContract."""
    await seen(tx, contract_id, person_id)
    return await store.statements(tx, contract_id)


async def statement_file(
    tx: Tx, statement_id: str, person_id: str, key: SigningKey
) -> dict[str, Any]:
    """The statement as a file for `sigma verify-fee`: document, SHA-256 and the arena's signature over it.

    Raises NoSuchStatement for those whom it does not concern.
    """
    found = await store.statement(tx, statement_id)
    if found is None:
        raise NoSuchStatement(statement_id=statement_id)
    try:
        await seen(tx, found.contract_id, person_id)
    except NoSuchContract:
        raise NoSuchStatement(statement_id=statement_id) from None
    return {
        "statement": found.document, "sha256": found.sha, "public_key": to_base64(key.public),
        "signature": to_base64(key.sign(canonical_json(found.document))),
    }  # fmt: skip


async def seen(tx: Tx, contract_id: str, person_id: str) -> Contract:
    """Raises NoSuchContract."""
    found = await store.contract(tx, contract_id)
    if found is None or person_id not in (found.copier.person_id, found.creator_id):
        raise NoSuchContract(contract_id=contract_id)
    return found
