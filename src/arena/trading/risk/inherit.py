"""An account that takes another one's place is bounded as that one was: beginning anew is no way out of a bound."""

from arena.kit.db import Tx


async def inherit(tx: Tx, account_id: str, heir_id: str) -> None:
    """Copies the owner's limits and the operator's bounds, switches included. The heir has none of its own yet."""
    for table in ("risk_limit", "risk_bound"):
        names = [
            row["name"]
            for row in await tx.fetch(
                """select attname as name from pg_attribute where attrelid = $1::text::regclass and attnum > 0
                     and not attisdropped and attname not in ('account_id', 'peak_since') order by attnum""",
                table,
            )
        ]
        columns = ", ".join(names)
        await tx.execute(
            f"""insert into {table} (account_id, {columns}) select $2, {columns} from {table}
                where account_id = $1 on conflict (account_id) do nothing""",
            account_id, heir_id,
        )  # fmt: skip
