"""Live trading: orders that leave the arena."""
