"""Client of the Sigma Arena: publish, subscribe, stream, and check every claim yourself."""

from sigma_sdk.bot_config import ExchangeKey, ccxt_config, exchange_config
from sigma_sdk.client import DEFAULT_ORIGIN, AsyncClient, Client
from sigma_sdk.credentials import ApiKey, Collective, Nobody
from sigma_sdk.keys import SigningKey
from sigma_sdk.problem import (
    ArenaProblem,
    ArenaUnreachable,
    EntitlementEnded,
    SequenceGap,
    SigmaError,
    StreamEnded,
)
from sigma_sdk.publisher import AsyncPublisher, Publisher, Target
from sigma_sdk.signal import Delivered

__version__ = "0.1.0"
__all__ = [
    "DEFAULT_ORIGIN",
    "ApiKey",
    "ArenaProblem",
    "ArenaUnreachable",
    "AsyncClient",
    "AsyncPublisher",
    "Client",
    "Collective",
    "Delivered",
    "EntitlementEnded",
    "ExchangeKey",
    "Nobody",
    "Publisher",
    "SequenceGap",
    "SigmaError",
    "SigningKey",
    "StreamEnded",
    "Target",
    "ccxt_config",
    "exchange_config",
]
