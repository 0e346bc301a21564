"""The pages, a room for each role and a file for each page: it asks the packages and renders one template."""

from arena.web.pages import account, open, operator, studio, subscriber, trading

# Routes are tried in order: `/studio/trading` comes before the listing whose id might be "trading".
PAGES = (
    *trading.ROUTES, *account.ROUTES, *open.ROUTES, *operator.ROUTES, *studio.ROUTES, *subscriber.ROUTES,
)  # fmt: skip

__all__ = ["PAGES"]
