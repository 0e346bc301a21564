"""Built-in rule strategies, each run for a feed by its own collective."""
