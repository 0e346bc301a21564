"""Receipts: each charge of a subscription, to print or to keep."""

from arena.web.page import Pages

routes = Pages()
