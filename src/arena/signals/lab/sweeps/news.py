"""Tells whoever watches a sweep that something has changed."""

from arena.kit.db import Tx

NEWS = "sweep"


def tell(tx: Tx, sweep_id: str) -> None:
    """After the commit, to every process."""
    tx.tell(f"{NEWS}:{sweep_id}")
