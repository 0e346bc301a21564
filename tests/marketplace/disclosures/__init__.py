"""Tests of marketplace/disclosures."""
