"""Tests of marketplace/trust."""
