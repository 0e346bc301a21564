"""My subscriptions: what I pay, until when, and the way out in one click."""

from arena.web.page import Pages

routes = Pages()
