"""Sigma Market: what is sold, to whom, and how it reaches them."""
