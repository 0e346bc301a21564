"""Dead letters: what failed for good, and again."""

from arena.web.page import Pages

routes = Pages()
