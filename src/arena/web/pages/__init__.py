"""The pages, a room for each role and a file for each page: it asks the packages and renders one template."""

from arena.web.pages import account, open, operator, studio, subscriber, trading

PAGES = (
    *account.ROUTES,
    *open.ROUTES,
    *operator.ROUTES,
    *studio.ROUTES,
    *subscriber.ROUTES,
    *trading.ROUTES,
)

__all__ = ["PAGES"]
