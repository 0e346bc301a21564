"""How the line to the payment gateway is: when it answered, whether its webhooks come, what is unknown or apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.money.billing.compare import comparisons

LATE = timedelta(minutes=15)
DEAF = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LineHealth:
    """How things stand with a gateway; wall clock.

    `unknown` are charges and refunds whose end nobody saw; `apart` are lines that have been in one of the two books
    only for a day. `missed` counts events of the last day that were polled before their webhook came; `given_up`
    those that wait for an operator, and `waiting` others that are not handled yet. `compared_at` is when the oldest of
    the last comparisons of books was made, `compare_failure` why the newest try failed; `stale` says that one is due
    for long.
    """

    gateway: str
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    webhook_at: datetime | None
    missed: int
    waiting: int
    unknown: int
    unknown_since: datetime | None
    apart: int
    given_up: int = 0
    compared_at: datetime | None = None
    compare_failure: str | None = None
    stale: bool = False

    @property
    def ok(self) -> bool:
        silent = self.failed_at is not None and (
            self.answered_at is None or self.answered_at < self.failed_at
        )
        late = self.unknown_since is not None and wall_now() - self.unknown_since > LATE
        deaf = self.missed > 0 and (self.webhook_at is None or wall_now() - self.webhook_at > DEAF)
        return not (silent or late or deaf or self.apart or self.given_up or self.stale)


async def line_health(tx: Tx, gateway: str, payouts_by: str) -> LineHealth:
    """Of the gateway that subscribers pay through, and the one that creators are paid by."""
    row = await tx.one(
        """select e.answered_at, e.failed_at, e.failure,
             (select max(received_at) from gateway_event where gateway = any($1) and via = 'webhook') as webhook_at,
             (select count(*) from gateway_event where gateway = any($1) and via = 'poll'
                and received_at > clock_timestamp() - interval '1 day')::int as missed,
             (select count(*) from gateway_event where gateway = any($1) and handled_at is null
                and given_up_at is null)::int as waiting,
             (select count(*) from gateway_event where gateway = any($1) and given_up_at is not null)::int as given_up,
             (select count(*) from gateway_movement
                where journal_id is null and explained_by is null and told_at is not null)::int
               + (select count(*) from journal_unmatched)::int as apart,
             u.unknown, u.since
           from (select count(*)::int as unknown, min(sent_at) as since from (
               select sent_at from payment_attempt where state = 'sending' and gateway = $2
               union all select r.sent_at from refund r join payment_attempt a on a.id = r.attempt_id
                 where r.state = 'sending' and a.gateway = $2) s) u
             left join gateway_ear e on e.gateway = any($1)""",
        list({gateway, payouts_by}), gateway,
    )  # fmt: skip
    compared = await comparisons(tx)
    failures = [one.failure for one in compared if one.failure]
    return LineHealth(
        gateway, row["answered_at"], row["failed_at"], row["failure"], row["webhook_at"], row["missed"],
        row["waiting"], row["unknown"], row["since"], row["apart"], row["given_up"],
        min((one.compared_at for one in compared if one.compared_at), default=None),
        failures[0] if failures else None, any(one.stale for one in compared),
    )  # fmt: skip
