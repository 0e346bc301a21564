"""The creator's checklist: each gate green or with its reason; submit, pause, resume, delist."""

from arena.web.page import Pages

routes = Pages()
