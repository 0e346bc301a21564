"""Logs: JSON lines in a file while the terminal shows the board, plain lines on stderr otherwise."""

import logging
import sys
from typing import TextIO

import structlog

from arena.kit.settings import Settings


def set_up_logs(settings: Settings, *, to_file: bool) -> None:
    """Secrets have no place in log events; what looks like one is masked all the same."""
    stream: TextIO = sys.stderr
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=False)
    if to_file:
        settings.home.mkdir(parents=True, exist_ok=True)
        stream = (settings.home / "arena.log").open("a", buffering=1)
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _mask,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    logging.basicConfig(stream=stream, level=logging.WARNING, force=True)


def _mask(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for name in event:
        if any(
            word in name.lower()
            for word in ("password", "secret", "token", "api_key", "authorization")
        ):
            event[name] = "…"
    return event
