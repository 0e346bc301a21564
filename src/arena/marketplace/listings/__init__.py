"""What is sold: drafts, versions, tiers, and the gates a listing must pass."""
