"""The pages, a room for each role and a file for each page: it asks the packages and renders one template."""

from arena.web.pages import account, open, operator, studio, subscriber

PAGES = (*account.ROUTES, *open.ROUTES, *operator.ROUTES, *studio.ROUTES, *subscriber.ROUTES)

__all__ = ["PAGES"]
