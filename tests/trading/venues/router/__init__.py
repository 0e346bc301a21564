"""The router and what stands behind it: limits, clocks, breakers, signatures, errors in our words."""
