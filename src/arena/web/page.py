"""Renders pages: Jinja templates, the built assets by their manifest, strict headers."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from arena.kit.clock import iso_ms

BUILT = Path(__file__).parent / "static" / "built"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}

_templates = Environment(
    loader=PackageLoader("arena.web"), autoescape=select_autoescape(default=True),
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_templates.filters["iso"] = iso_ms


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    html = _templates.get_template(template).render(assets=assets, **values)
    return HTMLResponse(html, status, HEADERS)


@cache
def assets(entry: str) -> dict[str, list[str]]:
    """Addresses of the scripts and styles of an entry; empty where the front end has not been built."""
    manifest = BUILT / "manifest.json"
    if not manifest.exists():
        return {"scripts": [], "styles": []}
    built = json.loads(manifest.read_text())[f"src/{entry}.ts"]
    return {
        "scripts": [f"/static/built/{built['file']}"],
        "styles": [f"/static/built/{style}" for style in built.get("css", [])],
    }
