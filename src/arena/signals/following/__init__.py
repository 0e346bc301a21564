"""A signal's target becomes orders for one account."""
