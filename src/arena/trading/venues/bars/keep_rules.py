"""Holds an arena to the rules its first records were made under."""

from arena.kit.db import Tx
from arena.trading.venues.bars import store
from arena.trading.venues.bars.model import Rules, RulesChanged


async def keep_rules(tx: Tx, rules: Rules) -> None:
    """Keeps the rules at the first start; raises RulesChanged where a later start brings others.

    Records say under which rules they were made, once for all of them; a fee changed halfway would make every
    earlier fill look forged.
    """
    given = rules.document()
    kept = await store.kept_rules(tx)
    if kept is None:
        await store.insert_rules(tx, given)
        return
    for name, value in given.items():
        if kept.get(name) != value:
            raise RulesChanged(name=name, kept=kept.get(name), given=value)
