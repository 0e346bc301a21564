"""Who may create: the waiting list, invitations."""

from arena.web.page import Pages

routes = Pages()
