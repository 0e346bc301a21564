"""Tests of marketplace/listings."""
