"""The figures of a back-test: those of every record of the arena, computed by the same code."""

from datetime import timedelta
from decimal import Decimal

from arena.kit.clock import from_ms
from arena.signals.lab.engine import Run, Trade
from arena.trading import performance
from arena.trading.performance import Mark, Metrics
from arena.trading.portfolio import Account
from arena.trading.venues import FeeRates, Fill, Liquidity

_ACCOUNT = "acc_lab"


def figures(run: Run) -> Metrics:
    """All metrics of the run, net of fees, spread and impact."""
    account = Account(
        id=_ACCOUNT, kind="reference", owner_id="lab", quote=run.bars.instrument.quote,
        opening_cash=_exact(run.cash), opened_at=run.since,
    )  # fmt: skip
    return performance.metrics(marks(run), fills(run), account=account)


def marks(run: Run) -> list[Mark]:
    """The account at each bar's close."""
    interval_ms = run.bars.interval_s * 1000
    return [
        Mark(from_ms(open_ms + interval_ms), _exact(equity), _exact(equity - exposure), _exact(exposure))
        for open_ms, equity, exposure in zip(
            run.bars.open_ms.tolist(), run.equity.tolist(), run.exposure.tolist(), strict=True
        )
    ]  # fmt: skip


def fills(run: Run) -> list[Fill]:
    """The run's fills, as having happened by the close of their bar; fees as record.md, section 5 has them."""
    return [_fill(run, number, trade) for number, trade in enumerate(run.trades)]


def _fill(run: Run, number: int, trade: Trade) -> Fill:
    instrument = run.bars.instrument
    quantity, price = trade.steps * instrument.step, trade.ticks * instrument.tick
    liquidity: Liquidity = "maker" if trade.maker else "taker"
    rates = FeeRates(run.rules.fee_maker_bps, run.rules.fee_taker_bps)
    fee, fee_asset = rates.charge(instrument, trade.side, liquidity, quantity=quantity, price=price)
    return Fill(
        id=f"fil_{number}",
        order_id="",
        account_id=_ACCOUNT,
        number=1,
        symbol=instrument.symbol,
        side=trade.side,
        quantity=quantity,
        price=price,
        fee=fee,
        fee_asset=fee_asset,
        liquidity=liquidity,
        evidence={},
        at=from_ms(int(run.bars.open_ms[trade.bar])) + timedelta(seconds=run.bars.interval_s),
    )


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))
