"""The operator's desk: what waits, and how each part is."""

from arena.web.page import Pages

routes = Pages()
