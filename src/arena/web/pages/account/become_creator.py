"""Become a creator: at once, by the waiting list, or by invitation."""

from arena.web.page import Pages

routes = Pages()
