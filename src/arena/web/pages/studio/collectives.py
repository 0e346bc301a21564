"""One's collectives and their keys; a new one made in the browser."""

from arena.web.page import Pages

routes = Pages()
