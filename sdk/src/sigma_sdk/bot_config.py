"""How to point a bot that speaks Binance at the arena: addresses, and one key in each form that clients want.

The arena's exchange serves Binance Spot's API, so a bot needs another address and another key, nothing else. Take the
configurations from here: some clients, told only a part of the addresses, send signed requests to the real exchange.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sigma_sdk.keys import SigningKey

CLIENTS = (
    "ccxt",
    "freqtrade",
    "python-binance",
    "hummingbot",
    "nautilus",
    "octobot",
    "lean",
    "binance-connector",
    "binance-sdk-spot",
)
PEM_LENGTH_MAX = 120
"""ccxt and python-binance take a longer private key for RSA; an Ed25519 key without comments has 119 characters."""


@dataclass(frozen=True, slots=True)
class ExchangeKey:
    """What a bot calls by and signs with: `secret` is an HMAC secret, or a private Ed25519 key as PEM."""

    api_key: str
    secret: str = field(repr=False)

    @property
    def ed25519(self) -> bool:
        return "PRIVATE KEY" in self.secret

    @property
    def headerless(self) -> str:
        """The private key as base64 of its DER, without the lines around it; an HMAC secret as it is."""
        if not self.ed25519:
            return self.secret
        lines = self.secret.strip().splitlines()
        return "".join(line.strip() for line in lines if not line.startswith("-----"))

    @classmethod
    def of(cls, key: SigningKey) -> "ExchangeKey":
        """A collective's own key: its public half in hex is its API key, nothing has to be asked for."""
        return cls(key.public.hex(), key.private_pem)


def addresses(origin: str) -> dict[str, str]:
    """`rest`: the arena's origin; `stream` and `ws_api`: its WebSocket addresses."""
    origin = origin.rstrip("/")
    scheme, _, host = origin.partition("://")
    sockets = ("wss://" if scheme == "https" else "ws://") + host
    return {"rest": origin, "stream": sockets, "ws_api": f"{sockets}/ws-api/v3"}


def ccxt_config(origin: str, key: ExchangeKey | SigningKey | None = None) -> dict[str, Any]:
    """For `ccxt.binance(…)`, its async and its pro classes; without a key market data only.

    The sandbox route: ccxt then knows no address but the arena's, so that a key can never reach the real exchange; also
    not by its calls about futures, of which the arena has none.
    """
    at = addresses(origin)
    test: dict[str, Any] = {
        "public": f"{at['rest']}/api/v3",
        "private": f"{at['rest']}/api/v3",
        "v1": f"{at['rest']}/api/v1",
        "ws": {"spot": f"{at['stream']}/stream/ws", "ws-api": {"spot": at["ws_api"]}},
    }
    for market in ("fapi", "dapi"):
        for rights in ("Public", "Private"):
            for version in (1, 2, 3):
                name = market + rights + ("" if version == 1 else f"V{version}")
                test[name] = f"{at['rest']}/{market}/v{version}"
    config: dict[str, Any] = {
        "sandbox": True,
        "urls": {"test": test},
        "options": {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}},
    }
    if key is not None:
        held = _held(key)
        config |= {"apiKey": held.api_key, "secret": held.secret}
    return config


def exchange_config(
    client: str, origin: str, key: ExchangeKey | SigningKey | None = None
) -> Mapping[str, Any]:
    """What that client is to be told, by its own names; `client` is one of CLIENTS. Raises ValueError.

    Secrets are in the form the client takes. Where a client wants the path of a PEM file, that is for you to add.
    """
    if client not in CLIENTS:
        raise ValueError(f"{client} is not known; say one of {', '.join(CLIENTS)}")
    at = addresses(origin)
    held = None if key is None else _held(key)
    api_key, secret = ("", "") if held is None else (held.api_key, held.secret)
    if client == "ccxt":
        return ccxt_config(origin, key)
    if client == "freqtrade":
        return _freqtrade(origin, api_key, secret)
    if client == "nautilus":
        return _nautilus(at, held)
    if client == "octobot":
        host = at["rest"].partition("://")[2]
        return {
            "environment": {"BINANCE_CUSTOM_DOMAIN": f"binance.com:{host}"},
            "api-key": api_key,
            "api-secret": secret,
        }
    return _by_names(client, at, api_key, secret)


def _by_names(client: str, at: Mapping[str, str], api_key: str, secret: str) -> dict[str, Any]:
    rest, stream, ws_api = at["rest"], at["stream"], at["ws_api"]
    keyed = {"api_key": api_key, "api_secret": secret}
    configs: dict[str, dict[str, Any]] = {
        "python-binance": {
            "Client.API_URL": f"{rest}/api",
            "Client.MARGIN_API_URL": f"{rest}/sapi",
            "Client.WS_API_URL": ws_api,
            "BinanceSocketManager.STREAM_URL": f"{stream}/",
            "api_key": api_key,
            "private_key" if "PRIVATE KEY" in secret else "api_secret": secret,
        },
        "hummingbot": {
            "REST_URL": f"{rest}/api/",
            "WSS_URL": f"{stream}/ws",
            "WSS_API_URL": ws_api,
            "binance_api_key": api_key,
            "binance_api_secret": secret,
        },
        "lean": {
            "binance-api-url": rest,
            "binance-websocket-url": f"{stream}/ws",
            "binance-orders-websocket-url": ws_api,
            "binance-api-key": api_key,
            "binance-api-secret": secret,
        },
        "binance-connector": {
            "base_url": rest,
            "stream_url": stream,
            "ws_api_url": ws_api,
            "api_key": api_key,
            "private_key" if "PRIVATE KEY" in secret else "api_secret": secret,
        },
        "binance-sdk-spot": {
            "base_path": rest,
            "stream_url": stream,
            "ws_api_stream_url": ws_api,
            "timeout": 10_000,
            "api_key": api_key,
            "private_key" if "PRIVATE KEY" in secret else "api_secret": secret,
        },
    }
    return configs.get(client, keyed)


def _freqtrade(origin: str, api_key: str, secret: str) -> dict[str, Any]:
    config = ccxt_config(origin)
    return {
        "exchange": {"name": "binance", "key": api_key, "secret": secret, "ccxt_config": config}
    }


def _nautilus(at: Mapping[str, str], held: ExchangeKey | None) -> dict[str, Any]:
    config: dict[str, Any] = {
        "base_url_http": at["rest"],
        "data_client.base_url_ws": at["stream"],
        "exec_client.base_url_ws": at["ws_api"],
        "api_key": "" if held is None else held.api_key,
        "api_secret": "" if held is None else held.headerless,
    }
    if held is not None:
        config["key_type"] = "ED25519" if held.ed25519 else "HMAC"
    return config


def _held(key: ExchangeKey | SigningKey) -> ExchangeKey:
    held = ExchangeKey.of(key) if isinstance(key, SigningKey) else key
    if held.ed25519 and len(held.secret) > PEM_LENGTH_MAX:
        raise ValueError(
            f"the PEM text has {len(held.secret)} characters, and clients take more than {PEM_LENGTH_MAX} for RSA; "
            "leave out comments and carriage returns"
        )
    return held
