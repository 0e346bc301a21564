"""Scripts that run other engines in a Python of their own, which has them; ours never imports them."""
