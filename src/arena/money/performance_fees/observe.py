"""Readings of accounts under a contract: numbered, signed by their source, only ever added."""

from arena.kit.db import Tx
from arena.kit.signing import SigningKey
from arena.kit.vault import Vault
from arena.money.performance_fees import reading_store, store
from arena.money.performance_fees.document import SignedReading, reading_bytes
from arena.money.performance_fees.model import NoSuchContract, Reading, ReadingLate

SOURCE = "arena"


def reading_key(vault: Vault) -> SigningKey:
    """The key this arena signs readings and statements with."""
    return SigningKey(vault.derive("performance-fees"))


async def observe(
    tx: Tx,
    contract_id: str,
    reading: Reading,
    *,
    reference: str,
    key: SigningKey,
    source: str = SOURCE,
) -> bool:
    """Whether it is new: of one `reference` (a flow's id, or that it was time) there is one reading.

    Locks the contract. Raises NoSuchContract; ReadingLate where an account of it was read later, or the period of
    the reading was closed.
    """
    found = await store.contract(tx, contract_id, lock=True)
    if found is None:
        raise NoSuchContract(contract_id=contract_id)
    if await reading_store.has_reading(tx, contract_id, reference):
        return False
    number, last = await reading_store.last_reading(tx, contract_id)
    latest = max(last, found.period_start) if last else found.period_start
    if reading.at < latest:
        raise ReadingLate(last=latest, at=reading.at)
    signature = key.sign(
        reading_bytes(contract_id, number + 1, reading, source=source, reference=reference)
    )
    signed = SignedReading(number + 1, reading, source, reference, key.public, signature)
    await reading_store.insert_reading(tx, contract_id, signed)
    return True
