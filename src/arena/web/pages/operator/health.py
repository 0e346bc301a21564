"""How each part is, and the tape's pace."""

from arena.web.page import Pages

routes = Pages()
