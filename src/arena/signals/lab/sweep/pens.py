"""Two pens that draw the same, a PNG with Pillow and an SVG for pages. Coordinates are pixels from the top left."""

from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import Literal, Protocol

from PIL import Image, ImageDraw, ImageFont

Anchor = Literal["lm", "mm", "rm"]
PAPER, INK, INK_2, LINE = "#fcfaf7", "#1b2130", "#525967", "#d8d4cd"
_SIDES = {"lm": "start", "mm": "middle", "rm": "end"}


class Pen(Protocol):
    """`text` is anchored at its left, middle or right, and at half its height."""

    def box(
        self, at: tuple[float, float, float, float], fill: str | None, edge: str | None = None
    ) -> None: ...

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: int = 1) -> None: ...

    def area(self, points: Sequence[tuple[float, float]], fill: str) -> None: ...

    def text(
        self, at: tuple[float, float], words: str, size: int, anchor: Anchor = "lm"
    ) -> None: ...


class PngPen:
    def __init__(self, width: int, height: int, title: str) -> None:
        self._image = Image.new("RGB", (width, height), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._title = title

    def box(
        self, at: tuple[float, float, float, float], fill: str | None, edge: str | None = None
    ) -> None:
        left, top, right, bottom = (round(value) for value in at)
        self._draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill, edge)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: int = 1) -> None:
        self._draw.line([(round(x), round(y)) for x, y in points], colour, width, joint="curve")

    def area(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        self._draw.polygon(list(points), fill)

    def text(self, at: tuple[float, float], words: str, size: int, anchor: Anchor = "lm") -> None:
        self._draw.text(
            at, words, INK if size > 13 else INK_2, ImageFont.load_default(size), anchor
        )

    def content(self) -> bytes:
        written = BytesIO()
        self._image.save(written, "PNG", optimize=True)
        return written.getvalue()


class SvgPen:
    def __init__(self, width: int, height: int, title: str) -> None:
        self._lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            f' font-family="sans-serif"><title>{escape(title)}</title>',
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        ]

    def box(
        self, at: tuple[float, float, float, float], fill: str | None, edge: str | None = None
    ) -> None:
        left, top, right, bottom = at
        stroke = f' stroke="{edge}"' if edge else ""
        self._lines.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
            f' fill="{fill or "none"}"{stroke}/>'
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: int = 1) -> None:
        self._lines.append(
            f'<polyline points="{_places(points)}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )

    def area(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        self._lines.append(f'<polygon points="{_places(points)}" fill="{fill}"/>')

    def text(self, at: tuple[float, float], words: str, size: int, anchor: Anchor = "lm") -> None:
        self._lines.append(
            f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size}" text-anchor="{_SIDES[anchor]}"'
            f' dominant-baseline="central" fill="{INK if size > 13 else INK_2}">{escape(words)}</text>'
        )

    def content(self) -> bytes:
        return "\n".join([*self._lines, "</svg>\n"]).encode()


def _places(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
