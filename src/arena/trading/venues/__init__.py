"""Where orders go: the Venue port, tickets, fills."""
