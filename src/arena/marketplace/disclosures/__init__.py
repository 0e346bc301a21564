"""What a buyer must be told, beside the numbers."""
