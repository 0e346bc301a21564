"""Tests of the indicator catalogue."""
