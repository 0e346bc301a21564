"""Sigma Arena: an open arena and market for trading signals whose every claim can be checked."""
