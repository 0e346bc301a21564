"""The studio: one's collectives, feeds and listings, and what each still lacks."""

from arena.web.page import Pages

routes = Pages()
