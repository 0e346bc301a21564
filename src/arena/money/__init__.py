"""Money: what was paid, by whom, to whom. The ledger knows accounts and amounts, billing knows cards."""
