"""The review queue: a submission with its evidence and what has changed; approve or reject."""

from arena.web.page import Pages

routes = Pages()
