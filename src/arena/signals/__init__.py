"""Sigma Lab and Sigma Sim: feeds of signals and what follows from them."""
