"""Tests of marketplace/entitlements."""
