"""The `sigma` command: from a first look at the market to signals, and to proof that they are real."""

import typer

from sigma_sdk.cli import account, bots, keys, market, review, signals, verify, verify_fee

app = typer.Typer(
    name="sigma",
    help="Subscribe to trading signals, watch them arrive, and check every claim on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    account.signup,
    account.login,
    account.whoami,
    account.keygen,
    account.register,
    keys.rotate_key,
    keys.recovery_proof,
    bots.exchange_config,
    market.market,
    market.show,
    market.subscribe,
    market.subscriptions,
    market.cancel,
    signals.watch,
    signals.signals,
    verify.verify,
    verify_fee.verify_fee,
    review.review,
    review.approve,
    review.reject,
):
    app.command()(command)


def main() -> None:
    """Entry point of the `sigma` command."""
    app()
