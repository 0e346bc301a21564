"""The kit knows nothing of trading: time, money, errors, the database, facts, keys and paper."""
