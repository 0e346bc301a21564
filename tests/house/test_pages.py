"""Pages are looked at and forms are tried: an address that no test of pages names is one nobody has tested."""

import re

from tests.house.source import ROOT, expect_none

ROUTE = re.compile(r"@routes\.(get|post)\(\s*f?\"([^\"]+)\"")


def test_every_page_is_named_in_a_test_of_pages() -> None:
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "pages").glob("*.py"))
    )
    rooms = ROOT / "src" / "arena" / "web" / "pages"
    silent = []
    for path in sorted(rooms.rglob("*.py")):
        for method, address in ROUTE.findall(path.read_text(encoding="utf-8")):
            # What stands before the first id, and the last word after the last one.
            words = [part for part in re.split(r"/?\{[^}]*\}/?", address) if part]
            if not all(word.strip("/") in tests for word in words):
                silent.append(
                    f"{path.relative_to(ROOT)}:1: {method.upper()} {address} is in no test"
                )
    expect_none(silent)
