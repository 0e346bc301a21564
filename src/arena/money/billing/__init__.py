"""Charging people through a gateway, to the ledger."""
