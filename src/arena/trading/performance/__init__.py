"""Equity curves net of fees, the metrics over them, and the leaderboard."""
