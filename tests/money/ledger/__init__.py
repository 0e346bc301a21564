"""Tests of money/ledger."""
