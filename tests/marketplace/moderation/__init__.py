"""Tests of marketplace/moderation."""
