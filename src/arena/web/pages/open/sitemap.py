"""For crawlers: robots.txt and the sitemap; and the icon."""

from xml.sax.saxutils import escape

from starlette.responses import Response

from arena.marketplace import listings
from arena.people.access import public
from arena.web.page import Pages, VisitDep

routes = Pages()
OPEN = public("crawlers carry no credentials")
STANDING = ("/", "/market", "/arena", "/how", "/docs")
LISTINGS_MAX = 10_000
HOUR = {"Cache-Control": "public, max-age=3600"}
# What is for one person, or costs the arena work, is not for crawlers.
ROBOTS = """User-agent: *
Disallow: /account
Disallow: /live/
Disallow: /operator
Disallow: /studio
Disallow: /subscribe/
Disallow: /subscriptions
Disallow: /market?
Sitemap: {origin}/sitemap.xml
"""
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" \
fill="#1d4f9e"/><path d="M23 11.5V8H9.5l8 8-8 8H23v-3.5" fill="none" stroke="#fdfcf9" stroke-width="3" \
stroke-linejoin="round" stroke-linecap="round"/></svg>"""


@routes.get("/robots.txt", gate=OPEN)
async def robots(visit: VisitDep) -> Response:
    return Response(ROBOTS.format(origin=visit.settings.origin), 200, HOUR, "text/plain")


@routes.get("/sitemap.xml", gate=OPEN)
async def sitemap(visit: VisitDep) -> Response:
    """The standing pages and the listings on offer, newest change first (sitemaps.org, at most 10,000)."""
    origin = visit.settings.origin
    lines = [f"<url><loc>{escape(origin + path)}</loc></url>" for path in STANDING]
    for listing_id, changed in await listings.on_offer(visit.tx, limit=LISTINGS_MAX):
        lines.append(
            f"<url><loc>{escape(f'{origin}/listings/{listing_id}')}</loc>"
            f"<lastmod>{changed:%Y-%m-%d}</lastmod></url>"
        )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    )
    return Response(text, 200, HOUR, "application/xml")


@routes.get("/icon.svg", gate=OPEN)
async def icon(visit: VisitDep) -> Response:
    return Response(ICON, 200, {"Cache-Control": "public, max-age=86400"}, "image/svg+xml")
