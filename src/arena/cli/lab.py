"""`arena lab`: models tested honestly, on one's own machine."""

import typer

from arena.cli import lab_card, lab_check, lab_publish, lab_run, lab_sweep

app = typer.Typer(
    no_args_is_help=True, help="Test models walk-forward, and write cards that can be repeated"
)
app.command("new")(lab_card.new)
app.command("card")(lab_card.card)
app.command("reproduce")(lab_card.reproduce)
app.command("check")(lab_check.check)
app.command("sweep")(lab_sweep.sweep)
app.command("send")(lab_publish.send)
app.command("publish")(lab_publish.publish)
app.command("run")(lab_run.run)
