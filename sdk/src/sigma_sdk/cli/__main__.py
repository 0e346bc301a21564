"""`python -m sigma_sdk.cli` is the `sigma` command."""

from sigma_sdk.cli import main

main()
