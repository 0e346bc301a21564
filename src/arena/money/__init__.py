"""The ledger, and what moves money through it."""
