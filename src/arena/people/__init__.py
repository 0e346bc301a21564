"""Who is calling: identity, then access."""
