"""What a bad line does to orders: nothing that is not found out."""
