"""The signals of a feed as they come, for the entitled; and the stream behind it."""

from arena.web.page import Pages

routes = Pages()
