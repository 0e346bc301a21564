"""Feeds and their signed signals: the format, the intake, the tape."""
