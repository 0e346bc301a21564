"""A forgotten password: a link by e-mail, and a new one."""

from arena.web.page import Pages

routes = Pages()
