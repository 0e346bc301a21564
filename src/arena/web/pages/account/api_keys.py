"""API keys: made, shown once, revoked."""

from arena.web.page import Pages

routes = Pages()
