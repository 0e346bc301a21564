"""The picture of a listing that other sites show beside a link: 1200 × 630, drawn with Pillow and its own face.

That face knows Latin letters without accents only; what it lacks is written by its nearest kin.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from arena.web.draw.phases import PhaseKind

WIDTH, HEIGHT = 1200, 630
FINE = 2  # drawn that many times larger, then shrunk: lines get smooth
MARGIN = 72
# The tokens of the light look, as sRGB.
PAPER, PAPER_2, LINE, INK, INK_2, ACCENT = (
    "#fcfaf7", "#f3f0ea", "#d8d4cd", "#1b2130", "#525967", "#14549e",
)  # fmt: skip
SHADES: dict[PhaseKind, str] = {
    "backtest": "#e4e0d9", "burn_in": "#ece8e1", "forward": PAPER_2, "live": "#e6eefa",
}  # fmt: skip
KIN = str.maketrans({"−": "-", "–": "-", "—": "-", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "ł": "l"})  # fmt: skip
TITLE_SIZES = (56, 46, 38)
COLOURS = 128
LACKS = "\uffff"
CURVE = (MARGIN, 372, WIDTH - MARGIN, 548)  # left, top, right, bottom
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """What the picture shows; equal ones look the same. `levels` are equities, evenly spaced in time; `phases` go
    from one share of the width to another; `figures` are pairs of a name and a value."""

    title: str
    by: str
    note: str
    figures: tuple[tuple[str, str], ...]
    levels: tuple[float, ...]
    phases: tuple[tuple[PhaseKind, float, float], ...]


def draw_picture(shown: Picture) -> bytes:
    """The PNG."""
    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    pen = ImageDraw.Draw(image)
    _brand(pen)
    across = WIDTH - 2 * MARGIN
    whole = sayable(shown.title)
    size = next((s for s in TITLE_SIZES if fitting(whole, s, across) == whole), TITLE_SIZES[-1])
    _text(pen, (MARGIN, 196 - size), fitting(whole, size, across), size=size, colour=INK)
    _text(pen, (MARGIN, 208), fitting(shown.by, 28, across), size=28, colour=INK_2)
    for number, (name, value) in enumerate(shown.figures):
        x = MARGIN + number * across / len(shown.figures)
        _text(pen, (x, 262), name, size=22, colour=INK_2)
        _text(pen, (x, 290), value, size=48, colour=INK)
    _curve(pen, shown)
    _text(pen, (MARGIN, 572), fitting(shown.note, 22, across), size=22, colour=INK_2)
    out = BytesIO()
    image.reduce(FINE).quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def sayable(text: str) -> str:
    """The text in letters the face has."""
    return "".join(_kin(character) for character in text.translate(KIN))


def fitting(text: str, size: int, width: float) -> str:
    """As much of the text as fits on one line."""
    said = sayable(text)
    if _font(size).getlength(said) <= width:
        return said
    while said and _font(size).getlength(said + "...") > width:
        said = said[:-1]
    return said.rstrip() + "..."


def _kin(character: str) -> str:
    if _has(character):
        return character
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))  # fmt: skip
    return plain if plain and all(map(_has, plain)) else "?"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@cache
def _none() -> bytes:
    return bytes(_font(20).getmask(LACKS))


def _has(character: str) -> bool:
    """Whether the face has it: what it lacks is drawn as an empty box."""
    return character == " " or (
        character.isprintable() and bytes(_font(20).getmask(character)) != _none()
    )


def _text(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, *, size: int, colour: str
) -> None:
    pen.text((at[0] * FINE, at[1] * FINE), text, font=_font(size * FINE), fill=colour)


def _brand(pen: ImageDraw.ImageDraw) -> None:
    """The sigma of the pages' header, and the name."""
    scale = 1.6 * FINE
    strokes = ((18.5, 6.5), (18.5, 4), (5.5, 4), (12.5, 12), (5.5, 20), (18.5, 20), (18.5, 17.5))
    points = [(MARGIN * FINE - 5 * scale + x * scale, 58 * FINE + y * scale) for x, y in strokes]
    pen.line(points, fill=ACCENT, width=round(2.6 * scale), joint="curve")
    _text(pen, (MARGIN + 40, 62), "Sigma Arena", size=28, colour=INK)
    pen.rectangle(_fine((0, 0, WIDTH, 12)), fill=ACCENT)


def _curve(pen: ImageDraw.ImageDraw, shown: Picture) -> None:
    left, top, right, bottom = CURVE
    for kind, start, end in shown.phases:
        band = (left + start * (right - left), top, left + end * (right - left), bottom)
        pen.rectangle(_fine(band), fill=SHADES[kind])
        pen.line(_fine((band[0], top, band[0], bottom)), fill=LINE, width=FINE)
    pen.line(_fine((left, bottom, right, bottom)), fill=INK, width=FINE)
    points = _points(shown.levels, (left, top + 12, right, bottom - 12))
    if len(points) > 1:
        opening = points[0][1]
        pen.line((left * FINE, opening, right * FINE, opening), fill=LINE, width=FINE)
        pen.line(points, fill=ACCENT, width=4 * FINE, joint="curve")


def _points(levels: Sequence[float], box: Box) -> list[tuple[float, float]]:
    if len(levels) < 2:
        return []
    left, top, right, bottom = box
    low, high = min(levels), max(levels)
    reach = (high - low) or 1.0
    step = (right - left) / (len(levels) - 1)
    return [
        ((left + n * step) * FINE, (bottom - (value - low) / reach * (bottom - top)) * FINE)
        for n, value in enumerate(levels)
    ]


def _fine(box: Box) -> Box:
    left, top, right, bottom = box
    return left * FINE, top * FINE, right * FINE, bottom * FINE
