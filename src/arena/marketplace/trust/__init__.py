"""Trust: what a follower may expect of a feed, from its record, with how little is known said beside it."""

from arena.marketplace.trust.model import Evidence, Score
from arena.marketplace.trust.posterior import CAP_SIMULATED_FORWARD, DAYS_MIN, evidence, judge
from arena.marketplace.trust.score import score

__all__ = ["CAP_SIMULATED_FORWARD", "DAYS_MIN", "Evidence", "Score", "evidence", "judge", "score"]
