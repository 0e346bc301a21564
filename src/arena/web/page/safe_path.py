"""Where to go next, from what a caller says: a path of our own, or none. No open redirects."""

import re

# One slash, then neither a second one nor a backslash, which browsers read as one; nothing unprintable.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def local_path(stated: str | None, otherwise: str = "/") -> str:
    """The stated path with its query where it is one of this site, else the other."""
    if stated and len(stated) <= 2000 and _LOCAL.fullmatch(stated):
        return stated
    return otherwise
