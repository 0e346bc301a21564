"""The market: what is on offer, searched, filtered and sorted by what its record proves."""

from arena.web.page import Pages

routes = Pages()
