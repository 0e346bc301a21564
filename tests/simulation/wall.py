"""Lets time on the wall pass: Stripe's clock goes on, and what waits in our tables was sent that much earlier.

The product asks the database's clock how long a charge has been under way. Nobody can move that; so what was sent
lately is moved back, which is the same to whoever asks.
"""

import asyncpg

from arena.kit.db import connect_options
from tests.doubles.stripe_server import StripeServer

WAITING = (
    (
        "payment_attempt",
        "sent_at",
        "state in ('sending', 'requires_action') or sent_at > now() - interval '3 days'",
    ),
    ("refund", "sent_at", "state in ('sending', 'sent') or sent_at > now() - interval '3 days'"),
    ("reaction", "next_at", "state = 'pending'"),
    ("gateway_event", "next_at", "handled_at is null and given_up_at is null"),
    ("refund_trouble", "next_at", "next_at is not null"),
    ("gateway_movement", "seen_at", "journal_id is null"),
    ("connected_account", "looked_at", "true"),
    ("connected_payout", "looked_at", "state not in ('returned', 'refused')"),
    ("connected_payout", "paid_at", "state = 'paid'"),
    ("usage_lease", "expires_at", "true"),
)


async def pass_wall(url: str, server: StripeServer, seconds: int) -> None:
    server.pass_time(seconds)
    connection = await asyncpg.connect(**connect_options(url))
    try:
        for table, column, waits in WAITING:
            await connection.execute(
                f"update {table} set {column} = {column} - make_interval(secs => $1) where {waits}",
                float(seconds),
            )
    finally:
        await connection.close()
