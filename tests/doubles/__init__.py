"""Stand-ins for services of others: they speak these services' own wire protocol."""
