"""Signals to the entitled: by pull and by WebSocket."""
