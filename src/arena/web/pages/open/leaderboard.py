"""The leaderboard: every account of the arena by what its record proves at least."""

from arena.web.page import Pages

routes = Pages()
