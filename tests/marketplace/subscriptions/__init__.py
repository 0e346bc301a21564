"""Tests of marketplace/subscriptions."""
