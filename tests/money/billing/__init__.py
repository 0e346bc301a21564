"""Tests of money/billing."""
