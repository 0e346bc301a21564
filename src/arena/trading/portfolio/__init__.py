"""Accounts, balances and positions from fills; marks to market."""
