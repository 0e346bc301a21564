"""Verify every listing on the market, on this machine. Run it while the arena runs: `make run`.

python sdk/examples/verify_everything.py
"""

import os
import sys
import tempfile
from pathlib import Path

from sigma_sdk import DEFAULT_ORIGIN, Client
from sigma_sdk.verify import ArenaSource, CheckpointBook, verify_listing

ORIGIN = os.environ.get("SIGMA_URL", DEFAULT_ORIGIN)


def main() -> int:
    """The exit code of the first listing that does not hold, or 0."""
    with Client(ORIGIN) as client, tempfile.TemporaryDirectory() as folder:
        book = CheckpointBook(Path(folder))
        for listing in client.listings():
            report = verify_listing(ArenaSource(client), listing["id"], book)
            broken = report.broken
            if broken is not None:
                print(f"{listing['title']}: {broken.name} does not hold: {broken.detail}")
                return report.exit_code
            held = {finding.name: finding.total for finding in report.findings}
            print(
                f"{listing['title']}: {held['signatures']} signals, {held['fills and fees']} fills and "
                f"{held['equity marks']} marks hold"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
