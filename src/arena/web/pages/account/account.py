"""One's own account: name, password, where one is signed in."""

from arena.web.page import Pages

routes = Pages()
