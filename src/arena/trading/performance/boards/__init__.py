"""The leaderboard, comparisons and seasons as programs meet them."""

from arena.trading.performance.boards.views import RankedView

__all__ = ["RankedView"]
