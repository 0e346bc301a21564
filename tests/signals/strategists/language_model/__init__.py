"""Tests of language models as strategists."""
