"""How figures are written: one spelling for per cents, money, times and digests, on every page.

Signs are words and arrows, never colour alone; a minus is U+2212; None is written as a dash.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup, escape

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.web.page.words import ngettext

NONE = "–"
Number = float | int | Decimal | None


def percent(value: Number, digits: int = 1) -> str:
    """A fraction as per cent: 0.1234 is 12.3 %."""
    return NONE if value is None else f"{_minus(f'{float(value) * 100:,.{digits}f}')} %"


def signed_percent(value: Number, digits: int = 1) -> str:
    """With its sign: +12.3 %."""
    if value is None:
        return NONE
    text = f"{float(value) * 100:+,.{digits}f}"
    nothing = not float(text.replace(",", ""))
    return f"{_minus(text[1:] if nothing else text)} %"


def change(value: Number, digits: int = 1) -> Markup:
    """A signed per cent with an arrow, and a class that colours it."""
    if value is None:
        return Markup('<span class="none">–</span>')
    text = signed_percent(value, digits)
    kind = "rise" if text[0] == "+" else "fall" if text[0] == "−" else "level"
    return Markup('<span class="{}">{}</span>').format(kind, text)


def ratio(value: Number, digits: int = 2) -> str:
    """A plain number: 1.23."""
    return NONE if value is None else _minus(f"{float(value):,.{digits}f}")


def count(value: int | None) -> str:
    return NONE if value is None else f"{value:,}"


def money(value: Money | None) -> str:
    """$29, $29.50, −$3.00; other currencies by their code."""
    if value is None:
        return NONE
    whole, cents = divmod(abs(value.minor), 100)
    text = f"{whole:,}" if not cents else f"{whole:,}.{cents:02d}"
    sign = "−" if value.minor < 0 else ""
    return f"{sign}${text}" if value.currency == "USD" else f"{sign}{text} {value.currency}"


def amount(value: Number, unit: str = "", digits: int = 2) -> str:
    """An amount in a unit: 100,123.45 USDT."""
    return NONE if value is None else f"{_minus(f'{value:,.{digits}f}')} {unit}".rstrip()


def exact(value: Decimal | None) -> str:
    """A quantity or a price to its last digit: 0.1998, 43,210.5."""
    if value is None:
        return NONE
    text = f"{value:,f}"
    return _minus(text.rstrip("0").rstrip(".") if "." in text else text)


def worth(value: Decimal | None, unit: str = "") -> str:
    """An amount or a price in whatever currency: two decimals from 1 on, four digits that say something below it."""
    if value is None:
        return NONE
    digits = 2
    if value and abs(value) < 1:
        digits = min(max(3 - value.adjusted(), 2), 12)
    return amount(value, unit, digits)


def when(at: datetime | None) -> Markup:
    """An instant: the reader's own time where scripts run, else UTC; UTC on hover."""
    if at is None:
        return Markup("–")
    return Markup(
        '<local-time datetime="{}"><time datetime="{}">{} UTC</time></local-time>'
    ).format(iso_ms(at), iso_ms(at), at.strftime("%Y-%m-%d %H:%M"))


def span(length: timedelta | None) -> str:
    """A length of time in whole days where it is, else in hours: 3 days, 36 hours."""
    if length is None:
        return NONE
    days, rest = divmod(int(length.total_seconds()), 86_400)
    if days and not rest:
        return ngettext("%(count)s day", "%(count)s days", days)
    return ngettext("%(count)s hour", "%(count)s hours", max(days * 24 + rest // 3600, 1))


def day(at: datetime | None) -> Markup:
    """A calendar day in UTC, as the record counts them."""
    if at is None:
        return Markup("–")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.strftime("%Y-%m-%d"), iso_ms(at), f"{at.day} {at.strftime('%b %Y')}"
    )


def short(digest: str, length: int = 12) -> Markup:
    """The beginning of a digest or id; the whole of it on hover."""
    if len(digest) <= length + 1:
        return Markup("<code>{}</code>").format(digest)
    return Markup('<code title="{}">{}…</code>').format(digest, digest[:length])


def ticks(text: str) -> Markup:
    """Words with `code` in backticks, as the API's own descriptions have it."""
    parts = [escape(part) for part in text.split("`")]
    marked = [
        Markup("<code>{}</code>").format(p) if i % 2 and i + 1 < len(parts) else p
        for i, p in enumerate(parts)
    ]
    return Markup("").join(marked)


def _minus(text: str) -> str:
    return text.replace("-", "−")


FILTERS = {
    "amount": amount, "change": change, "count": count, "day": day, "exact": exact, "iso": iso_ms, "money": money,
    "percent": percent, "ratio": ratio, "short": short, "signed_percent": signed_percent, "span": span,
    "ticks": ticks, "when": when,
    "worth": worth,
}  # fmt: skip
