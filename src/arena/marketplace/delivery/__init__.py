"""Delivery: the entitled pull signals by page or hear them by stream, each once and in sequence."""

from arena.marketplace.delivery.announce import announce
from arena.marketplace.delivery.describe import openapi_paths
from arena.marketplace.delivery.entitled import entitled, issued_at, items, last_sequence
from arena.marketplace.delivery.model import CloseCode, Grant, midnight_before
from arena.marketplace.delivery.process import Delivery, DeliveryHealth, delivery_health, routes

__all__ = [
    "CloseCode",
    "Delivery",
    "DeliveryHealth",
    "Grant",
    "announce",
    "delivery_health",
    "entitled",
    "issued_at",
    "items",
    "last_sequence",
    "midnight_before",
    "openapi_paths",
    "routes",
]
