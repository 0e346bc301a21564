"""What can be shown to anyone later: who did what (audit), and what was said when (log)."""
