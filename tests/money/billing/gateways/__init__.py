"""One contract for all payment gateways, and what is particular to each."""
