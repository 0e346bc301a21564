"""Instruments, candles, trades, books, and the tape they are played from."""
