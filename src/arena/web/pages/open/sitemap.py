"""For crawlers: robots.txt and the sitemap; and the icon."""

from arena.web.page import Pages

routes = Pages()
