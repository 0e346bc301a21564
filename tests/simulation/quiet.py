"""The product's warnings of bad days are expected here, by the thousand: only what is worse is shown."""

import logging

import structlog


def be_quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.WARNING)
