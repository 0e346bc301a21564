"""Score a feed from the forward record of its reference account."""

from arena.kit.db import Tx
from arena.marketplace.trust.model import Score
from arena.marketplace.trust.posterior import daily_returns, evidence, judge
from arena.signals.feeds import Feed
from arena.trading import performance


async def score(tx: Tx, feed: Feed) -> Score:
    """What is believed of the feed's net annual Sharpe ratio now; `posterior` has the formulas and limits."""
    returns = daily_returns(await performance.curve(tx, feed.account_id))
    return judge(evidence(returns), len(returns))
