"""Sign in and out."""

from arena.web.page import Pages

routes = Pages()
