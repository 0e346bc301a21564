"""Draft a listing, and change it: every change is a new version."""

from arena.web.page import Pages

routes = Pages()
