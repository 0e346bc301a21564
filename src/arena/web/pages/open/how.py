"""How a record is made and checked, in words and pictures; and the notices."""

from arena.web.page import Pages

routes = Pages()
