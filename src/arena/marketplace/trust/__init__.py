"""Trust: what a follower may expect of a feed, from its record, with how little is known said beside it."""

from arena.marketplace.trust.model import Evidence, Score
from arena.marketplace.trust.posterior import evidence, judge
from arena.marketplace.trust.score import score

__all__ = ["Evidence", "Score", "evidence", "judge", "score"]
