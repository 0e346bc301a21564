"""An order's life: asked of risk, sent to the venue, filled, applied to the portfolio."""
