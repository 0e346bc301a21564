"""Tests of the statistics of luck: worked examples of the papers, simulations of known truth, second computations."""
