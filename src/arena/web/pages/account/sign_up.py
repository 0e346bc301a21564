"""Sign up: an account, and for creators what the operator has decided."""

from arena.web.page import Pages

routes = Pages()
