"""What is due on money that left early is set aside in the ledger: nothing is charged before the period ends.

It stands as a pending journal between the copier's receivable and the shares of creator and arena, so that both see it
coming. As the period closes it is released, in the transaction that charges what follows by then, which may be less.
"""

from arena.kit.db import Tx
from arena.kit.money import allocate
from arena.money import ledger
from arena.money.buyers import NO_TAX, Tax
from arena.money.performance_fees import reading_store, store
from arena.money.performance_fees.books import fee_of, held_gain, read_all
from arena.money.performance_fees.model import Contract


async def keep_aside(tx: Tx, contract_id: str, *, platform_bps: int) -> int:
    """Cents that are set aside from now on. Harmless to repeat; nothing where fees are only shown, or off."""
    found = await store.contract(tx, contract_id, lock=True)
    assert found is not None, f"no contract {contract_id}"
    last = (await store.closed(tx, [contract_id])).get(contract_id, store.OPENING)
    since = await reading_store.readings(tx, [contract_id], {contract_id: last.reading_last})
    readings = since[contract_id]
    books = read_all(last.books, [each.reading for each in readings], found.terms)
    gain = held_gain(books, found.terms.policy, left=found.status == "ending")
    wanted = fee_of(gain, found.terms.rate_bps)
    if found.mode != "charged":
        wanted = 0
    if wanted == found.set_aside_amount:
        return wanted
    await let_go(tx, found)
    if wanted:
        number = readings[-1].number if readings else last.reading_last
        journal_id = await ledger.set_aside(
            tx, kind=ledger.Kind.PERFORMANCE_FEE, reference=contract_id,
            idem=f"{contract_id}:held:{number}:{wanted}:{tx.now.isoformat()}",
            legs=fee_legs(found, wanted, platform_bps),
        )  # fmt: skip
        await store.set_aside(tx, contract_id, journal_id, wanted)
    return wanted


async def let_go(tx: Tx, contract: Contract) -> None:
    """What was set aside is so no more."""
    if contract.set_aside is not None:
        await ledger.release(tx, contract.set_aside)
        await store.set_aside(tx, contract.id, None, 0)


def fee_legs(
    contract: Contract, fee: int, platform_bps: int, tax: Tax = NO_TAX
) -> list[ledger.Leg]:
    """The copier owes it; what of it is tax is the country's, creator and arena have their shares of the rest."""
    taxed = tax.within(fee)
    creator, platform = allocate(fee - taxed, [10_000 - platform_bps, platform_bps])
    currency = contract.terms.currency
    legs = [ledger.Leg(f"receivable:{contract.copier.person_id}", fee, currency)]
    if creator:
        legs.append(ledger.Leg(f"creator:{contract.creator_id}:pending", -creator, currency))
    if platform:
        legs.append(ledger.Leg("platform:fee_income", -platform, currency))
    if taxed:
        legs.append(ledger.Leg(tax.account, -taxed, currency))
    return legs
