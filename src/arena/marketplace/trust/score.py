"""Score a feed from the forward record of its reference account."""

from arena.kit.db import Tx
from arena.marketplace.trust.model import Score
from arena.marketplace.trust.posterior import evidence, judge
from arena.signals.feeds import Feed
from arena.trading import performance, portfolio


async def score(tx: Tx, feed: Feed) -> Score:
    """What is believed of the feed's net annual Sharpe ratio now; `posterior` has the formulas and limits."""
    reference = await portfolio.account(tx, feed.account_id)
    marks = await performance.curve(tx, feed.account_id)
    returns = [float(r) for r in performance.daily_returns(reference.opening_cash, marks)]
    return judge(evidence(returns), len(returns))
