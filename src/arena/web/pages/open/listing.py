"""A listing: what it shows for itself, what it costs, and what must be known beside the figures."""

from arena.web.page import Pages

routes = Pages()
