"""Double entry that PostgreSQL itself enforces."""
