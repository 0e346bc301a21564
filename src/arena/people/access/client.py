"""What somebody signs in with, in a few words: so that people know their own sessions from a stranger's."""

import re

# The first that fits: browsers name those they descend from as well.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z._-]{0,30}")


def client_of(user_agent: str | None) -> str:
    """`Firefox on Linux`; a program's own name; empty where nothing is said."""
    stated = (user_agent or "")[:500]
    browser = next((name for mark, name in _BROWSERS if f"{mark}/" in stated), "")
    system = next((name for mark, name in _SYSTEMS if mark in stated), "")
    if browser and system:
        return f"{browser} on {system}"
    program = _PROGRAM.match(stated)
    return browser or (program[0] if program else "")
