"""The picture of a listing that other sites show with a link to it."""

from arena.web.page import Pages

routes = Pages()
