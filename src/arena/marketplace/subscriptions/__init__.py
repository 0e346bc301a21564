"""Who pays for which listing, from when to when."""
