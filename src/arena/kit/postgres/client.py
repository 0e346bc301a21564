"""PostgreSQL's own client programs (psql, pg_dump) turned on one of our databases."""

import os
import signal
import subprocess

from arena.kit.db import connect_options
from arena.kit.postgres.binaries import find_binaries


def run_client(url: str, program: str, *arguments: str) -> int:
    """Runs the program in this terminal until it ends; returns its exit code. Raises NoBinaries.

    The password goes through the environment, where other users cannot read it.
    """
    options = connect_options(url)
    names = {
        "PGHOST": options["host"], "PGPORT": options["port"], "PGUSER": options["user"],
        "PGPASSWORD": options["password"], "PGDATABASE": options["database"], "PGSSLMODE": options.get("ssl"),
    }  # fmt: skip
    environment = dict(os.environ) | {k: str(v) for k, v in names.items() if v is not None}
    command = [find_binaries().path(program), *arguments]
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in psql ends a query, not us
    try:
        return subprocess.run(  # noqa: S603 - PostgreSQL's own programs, the operator's own arguments
            command, env=environment, check=False, preexec_fn=_listen_to_ctrl_c
        ).returncode
    finally:
        signal.signal(signal.SIGINT, ours)


def _listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
