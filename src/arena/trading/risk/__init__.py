"""Limits, and the decision on every order before it goes."""
