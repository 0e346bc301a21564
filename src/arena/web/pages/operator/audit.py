"""The audit trail, searched."""

from arena.web.page import Pages

routes = Pages()
