"""The market: what is for sale, what is known about it, who has bought it, and how it is delivered."""
