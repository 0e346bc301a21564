"""Words that have no place in the repository: whose machine it was written on, and secrets."""

import re

from tests.house.source import ROOT, expect_none, tracked_files

BINARY = {".parquet", ".png", ".ico", ".woff2", ".gz", ".zst", ".svg"}
MACHINE = re.compile(
    r"(?<![\w.])/(work|root)/\w|/opt/(pypi|wheels)|/tmp/plan|agent builder|--(extra-)?index-url|--find-links"
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(sk_live|rk_live|ghp|xox[bp]|AKIA)[-_0-9A-Za-z]{12,}"
)
ADDRESS = re.compile(r'"resolved": *"http|https?://[^ ]+\.(whl|tgz|tar\.gz)')


def lines() -> list[tuple[str, str]]:
    found = []
    for path in tracked_files():
        if path.suffix in BINARY or path.name == "test_words.py":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found.append((f"{path.relative_to(ROOT)}:{number}", line))
    return found


def test_nothing_names_the_machine_it_was_written_on() -> None:
    expect_none(f"{where}: {line.strip()[:100]}" for where, line in lines() if MACHINE.search(line))


def test_nothing_holds_a_secret() -> None:
    expect_none(f"{where}: looks like a secret" for where, line in lines() if SECRET.search(line))


def test_locks_hold_no_download_addresses() -> None:
    expect_none(
        f"{where}: {line.strip()[:100]}"
        for where, line in lines()
        if ("lock" in where or "requirements" in where) and ADDRESS.search(line)
    )
