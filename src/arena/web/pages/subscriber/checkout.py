"""Checkout: a tier of a listing, a card, and what follows from both."""

from arena.web.page import Pages

routes = Pages()
