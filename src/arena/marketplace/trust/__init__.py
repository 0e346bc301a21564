"""What a record is worth: shrunk, with its interval, and capped where it is not live."""
