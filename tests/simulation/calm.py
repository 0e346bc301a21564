"""After the storm: no faults, all webhooks carried, every round as often as it takes; then all must agree."""

from tests.doubles.stripe_server import StripeServer
from tests.simulation import chance
from tests.simulation.crash import Fate
from tests.simulation.doing import do
from tests.simulation.handle import Handle
from tests.simulation.rounds import ROUNDS
from tests.simulation.stripe_days import Post
from tests.simulation.wall import pass_wall

TURNS_MAX = 12
QUICK_TURNS = 4
_OPEN = """select * from (
  select 'payment_attempt' as what, id, state from payment_attempt where state = 'sending'
  union all select 'refund', id, state from refund where state = 'sending'
  union all select handler, fact_id::text, state from reaction where state = 'pending' and handler <> all($2)
  union all select 'gateway_event', id, coalesce(said, '') from gateway_event where handled_at is null
  union all select 'subscription', id, status from subscription
    where status in ('active', 'past_due', 'paused') and charge_at <= $1 and disputed_since is null
  union all select 'payout', p.id, p.state from payout p where p.state = 'reserved'
    and not exists (select from payout_stop s where s.person_id = p.person_id
      and s.lifted_at is null)
  union all select 'connected_payout', s.payout_id, s.state from connected_payout s join payout p on p.id = s.payout_id
    where s.state in ('transferred', 'bounced') or (s.state = 'sending' and p.amount <= $3)) o order by 1, 2 limit 5"""


async def calm(arena: Handle, post: Post, server: StripeServer) -> int:
    """How many turns it took. Raises AssertionError where it does not come to rest."""
    arena.doomed(Fate())
    for turn in range(1, TURNS_MAX + 1):
        # What was refused again and again is tried later and later.
        await pass_wall(arena.db.url, server, 90 if turn <= QUICK_TURNS else 3 * 3600)
        await post.deliver(arena.db, chance.of_step(0), storm=False)
        for name in ROUNDS:
            outcome = await do(arena, name, {})
            assert outcome.kind == "done", f"in the calm, {name}: {outcome.kind} {outcome.word}"
        async with arena.db.transaction(readonly=True) as tx:
            left = await tx.fetch(_OPEN, tx.now, arena.db.routing.outward, server.balance)
        if turn > 1 and not left:
            return turn
    raise AssertionError(
        f"still under way after {TURNS_MAX} calm turns: {[tuple(row) for row in left]}"
    )
