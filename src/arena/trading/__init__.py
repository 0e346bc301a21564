"""The Arena: prices, venues, positions, risk, orders, performance."""
