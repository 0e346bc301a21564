"""Everybody's standing: the leaderboard, two accounts compared, seasons and their frozen results."""

from sigma_sdk.exchange import Plan, fetch
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of


class Standings:
    """Public; fractions, not per cent."""

    @paged
    def leaderboard(
        self,
        *,
        days: int | None = None,
        venue: str | None = None,
        symbol: str | None = None,
        limit: int = 50,
    ) -> Turn[Json]:
        """Accounts by the lower bound of their Sharpe interval: of the last 30, 90 or 365 `days`, on `paper` or `live`,
        of those that traded a symbol."""
        return list_of("/leaderboard", days=days, venue=venue, symbol=symbol, limit=limit)

    @operation
    def compare(self, first: str, second: str, *, days: int | None = None) -> Plan[Json]:
        """Two accounts over the whole days both were open, by their ids."""
        answer: Json = yield from fetch("/leaderboard/compare", a=first, b=second, days=days)
        return answer

    @paged
    def seasons(self, *, limit: int = 50) -> Turn[Json]:
        """Seasons, those that start last first."""
        return list_of("/leaderboard/seasons", limit=limit)

    @operation
    def season(self, season_id: str) -> Plan[Json]:
        """A season with the first lines of its standing."""
        answer: Json = yield from fetch(f"/leaderboard/seasons/{season_id}")
        return answer

    @paged
    def season_lines(self, season_id: str, *, limit: int = 50) -> Turn[Json]:
        """The lines of a season's standing, frozen where it is over."""
        return list_of(f"/leaderboard/seasons/{season_id}", limit=limit)
