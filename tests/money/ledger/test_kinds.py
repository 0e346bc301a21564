"""Each kind of journal moves money between the accounts of its own table, and between no others."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.kit import ids
from arena.kit.db import Database
from arena.kit.money import allocate
from arena.money.ledger import (
    POSTINGS,
    Kind,
    Leg,
    Overdrawn,
    WrongPosting,
    post,
    rule_of,
    trial_balance,
)

ANY = ("gateway:fake:balance", "platform:fee_income", "processor_fees", "rounding")
EVERY = sorted(
    {shape for table in POSTINGS.values() for shape in (*table.debits, *table.credits)} - {"{any}"}
)
PARTS = {"{id}": ["usr_1", "col_2"], "{name}": ["fake", "stripe"], "{country}": ["de", "us"]}


def spelled(shape: str) -> list[str]:
    """Codes of accounts that fit a shape of a posting table."""
    found = list(ANY) if shape == "{any}" else [shape]
    for name, values in PARTS.items():
        found = [code.replace(name, value) for code in found for value in values]
    return found


def codes(shapes: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted({code for shape in shapes for code in spelled(shape)}))


@st.composite
def journals(draw: st.DrawFn, kind: Kind) -> list[Leg]:
    """Legs of a kind that balance, up to three a side."""
    table, total = POSTINGS[kind], draw(st.integers(4, 10**9))
    legs = []
    for sign, shapes in ((1, table.debits), (-1, table.credits)):
        side = draw(st.lists(codes(shapes), min_size=1, max_size=3, unique=True))
        parts = allocate(total, [1] * len(side))
        legs += [Leg(code, part * sign) for code, part in zip(side, parts, strict=True)]
    return draw(st.permutations(legs))


@pytest.mark.parametrize("kind", list(Kind))
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_a_kind_moves_what_its_table_says_and_the_ledger_stays_sound(
    db: Database, kind: Kind, data: st.DataObject
) -> None:
    legs = data.draw(journals(kind))
    before = await standing(db)
    moved: dict[str, int] = {}
    try:
        async with db.transaction() as tx:
            await post(tx, kind=kind, idem=ids.fresh("idem"), reference="sub_1", legs=legs)
    except Overdrawn:
        assert takes(legs), "refused where nothing could be overdrawn"
    else:
        for leg in legs:
            moved[leg.code] = moved.get(leg.code, 0) + leg.amount * rule_of(leg.code).normal
    after = await standing(db)
    changes = {code: after[code] - before.get(code, 0) for code in after}
    assert {code: by for code, by in changes.items() if by} == {
        c: by for c, by in moved.items() if by
    }


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ADJUSTMENT])
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_a_leg_that_its_table_does_not_have_is_refused_and_nothing_is_posted(
    db: Database, kind: Kind, data: st.DataObject
) -> None:
    table = POSTINGS[kind]
    strange = data.draw(codes(sorted({*EVERY, *table.credits, *table.debits} - set(table.debits))))
    fitting = data.draw(codes(list(table.credits)))
    if strange == fitting:
        return
    with pytest.raises(WrongPosting):
        async with db.transaction() as tx:
            await post(
                tx, kind=kind, idem=ids.fresh("idem"), reference="sub_1", legs=[Leg(strange, 5), Leg(fitting, -5)]
            )  # fmt: skip
    assert await standing(db) == {}


def test_every_kind_has_a_table_and_every_shape_a_place_in_the_chart() -> None:
    assert set(POSTINGS) == set(Kind)
    for kind, table in POSTINGS.items():
        for shape in {*table.debits, *table.credits} - {"{any}"}:
            for code in spelled(shape):
                assert rule_of(code), (kind, code)


def takes(legs: Sequence[Leg]) -> bool:
    """Whether a leg lowers an account that may not be overdrawn."""
    return any(
        rule_of(leg.code).no_overdraft and leg.amount * rule_of(leg.code).normal < 0 for leg in legs
    )


async def standing(db: Database) -> dict[str, int]:
    """Every account's balance by its code; looks that the ledger is sound."""
    async with db.transaction() as tx:
        trial = await trial_balance(tx)
    assert trial.sound
    return {one.code: one.balance for one in trial.accounts}


async def test_postgresql_knows_the_same_list_of_kinds(db: Database) -> None:
    async with db.transaction() as tx:
        told = await tx.fetchval(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'journal_kind'"
        )
    assert set(re.findall(r"'([a-z_.]+)'", told)) == {kind.value for kind in Kind}
