"""Pictures drawn here: SVG that needs no script, crisp at any size and readable as text."""

from arena.web.draw.sparkline import sparkline

__all__ = ["sparkline"]
