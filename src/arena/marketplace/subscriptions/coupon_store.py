"""Coupons and their uses <-> model."""

from datetime import datetime
from typing import TYPE_CHECKING

from arena.kit.db import Row, Tx
from arena.kit.money import Money

if TYPE_CHECKING:
    from arena.marketplace.subscriptions.coupon import Coupon
