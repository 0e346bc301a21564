"""The public profile of a collective or a creator, closed feeds included."""

from arena.web.page import Pages

routes = Pages()
