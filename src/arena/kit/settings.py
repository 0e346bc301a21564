"""What the operator may set. The only place that reads the environment; every setting is ARENA_<NAME>."""

from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from arena.kit.db import connect_options
from arena.kit.mail.message import sender_address
from arena.kit.mail.server import smtp_server
from arena.kit.settings_money import MoneySettings
from arena.kit.vault import Vault, open_vault


class Settings(MoneySettings):
    """All times in seconds or days as the name says; money in cents of US dollars; bps are 1/10,000."""

    model_config = SettingsConfigDict(
        env_prefix="ARENA_",
        extra="ignore",
        ignored_types=(cached_property,),
        hide_input_in_errors=True,  # some of it is secret
    )

    home: Path = Field(
        Path(".arena"), description="Folder of this installation: database, master key, logs."
    )
    database_url: str | None = Field(
        None, description="External PostgreSQL (postgresql://…); unset: embedded."
    )
    database_application_url: str | None = Field(
        None,
        description="Login of the running product there: a member of arena_app that owns nothing; unset: the one of"
        " ARENA_DATABASE_URL, which then takes that role.",
    )
    database_connections_max: int = Field(
        10, ge=2, le=200, description="Connections one process may hold."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    public_origin: str | None = Field(
        None, description="Scheme and host callers use, where a proxy stands before us."
    )
    master_key_file: Path | None = Field(
        None, description="32 secret bytes; unset: master.key in ARENA_HOME, made on first use."
    )
    seed: str | None = Field(
        None, description="Repeatable keys and salts, for demos and tests only."
    )

    source: Literal["auto", "live", "folder", "sample", "recorded"] = Field(
        "auto", description="Where prices come from."
    )
    data: Path | None = Field(
        None,
        description="Folder of Parquet candles, as `arena data` describes; of recorded messages for `recorded`.",
    )
    symbols: str = Field(
        "",
        description="Instruments to trade, separated by commas; empty: what the source suggests.",
    )
    interval: str = Field(
        "",
        description="Bar interval of the tape (1m, 5m, 15m, 1h, 1d); empty: what the source suggests.",
    )
    speed: str = Field(
        "auto",
        description="Replay pace: 1x, 900x …, max, or auto (max until the first listings are through burn-in).",
    )
    binance_rest_url: str = Field("https://api.binance.com", description="Binance Spot REST base.")
    binance_stream_url: str = Field(
        "wss://stream.binance.com:9443", description="Binance Spot stream base."
    )
    second_rest_url: str = Field(
        "",
        description="A venue of Binance's dialect for prices where the first falls silent: its REST base.",
    )
    second_stream_url: str = Field("", description="The second venue's stream base.")
    failover_silent_s: int = Field(
        10,
        ge=1,
        le=600,
        description="Seconds without news after which prices come from the other venue.",
    )
    failover_well_s: int = Field(
        60,
        ge=1,
        le=86_400,
        description="Seconds the first venue must be well before it is gone back to.",
    )
    live_trading: bool = Field(
        False,
        description="Let orders go to real exchanges, once an operator has turned it on and a collective asks for it.",
    )
    live_venues: str = Field(
        "binance",
        description="Exchanges that are traded at, separated by commas; others than binance need ccxt.",
    )
    binance_trade_url: str = Field(
        "https://api.binance.com", description="Binance Spot REST base that live orders go to."
    )
    binance_ws_api_url: str = Field(
        "wss://ws-api.binance.com:443/ws-api/v3",
        description="Binance Spot WebSocket API that tells of live orders.",
    )

    fee_maker_bps: int = Field(10, ge=0, le=1000, description="Paper venue's maker fee.")
    fee_taker_bps: int = Field(10, ge=0, le=1000, description="Paper venue's taker fee.")
    half_spread_bps: int = Field(
        1, ge=0, le=1000, description="Half of the spread the bar model assumes."
    )
    latency_ms: int = Field(
        250, ge=0, le=60_000, description="Time an order needs to the paper venue."
    )
    exchange_url: str | None = Field(
        None,
        description="Where other processes of this arena reach this one as the exchange; unset: by host and port.",
    )
    exchange_latency_ms: int = Field(
        20, ge=0, le=60_000,
        description="Time an order of a collective needs to take effect on the paper exchange.",
    )  # fmt: skip
    reference_cash: int = Field(
        100_000, ge=100, description="Opening cash of a reference account, in quote units."
    )
    collective_cash: int = Field(
        100_000,
        ge=100,
        description="Opening cash of the account a collective trades itself, in quote units.",
    )

    risk_position_weight_max: Decimal = Field(
        Decimal(1), gt=0, le=1, description="Largest part of a collective's equity in one position."
    )
    risk_exposure_max: Decimal = Field(
        Decimal(1), gt=0, le=1, description="Largest part of its equity in all positions."
    )
    risk_daily_drawdown_max: Decimal = Field(
        Decimal(1), gt=0, le=1,
        description="Loss since UTC midnight from which a collective may only reduce; 1: no such halt.",
    )  # fmt: skip
    risk_drawdown_max: Decimal = Field(
        Decimal(1), gt=0, le=1,
        description="Loss from its highest equity from which a collective may only reduce; 1: no such halt.",
    )  # fmt: skip
    risk_order_notional_max: Decimal | None = Field(
        None,
        gt=0,
        description="Largest worth of a collective's order, in quote units; unset: no bound.",
    )
    risk_orders_10s_max: int | None = Field(
        None,
        ge=1,
        description="Orders a collective may place in ten seconds of product time; unset: no bound.",
    )
    risk_orders_day_max: int | None = Field(
        None, ge=1, description="Orders a collective may place in a day (UTC); unset: no bound."
    )
    risk_open_orders_max: int = Field(
        200, ge=1, le=10_000, description="Orders a collective may have open at once."
    )
    risk_price_collar_bps: int | None = Field(
        None, ge=1, le=100_000,
        description="How far beyond the last price a collective's order may buy or sell; unset: no collar.",
    )  # fmt: skip
    risk_liquidation_drawdown: Decimal | None = Field(
        None, gt=0, le=1,
        description="Loss from its highest equity at which the arena sells all a collective holds; unset: never.",
    )  # fmt: skip
    risk_liquidation_exposure: Decimal | None = Field(
        None, gt=0, le=1,
        description="Part of its equity in positions at which the arena begins to sell; unset: never.",
    )  # fmt: skip
    risk_slice_depth_share: Decimal = Field(
        Decimal("0.25"), gt=0, le=1,
        description="Largest part of the visible bids that one slice of a liquidation sells into.",
    )  # fmt: skip
    risk_slice_position_share: Decimal = Field(
        Decimal("0.25"), gt=0, le=1,
        description="Largest part of the position, as it was at the beginning, that one slice sells.",
    )  # fmt: skip

    burn_in_days: int = Field(
        30, ge=0, description="Forward record a feed needs before it may be submitted."
    )
    burn_in_fills: int = Field(
        20, ge=0, description="Fills a feed needs before it may be submitted."
    )
    signal_tolerance_s: int = Field(
        10, ge=1, description="How old a signal may be on arrival, in seconds at 1x."
    )
    rate_anonymous_per_min: int = Field(
        300, ge=0, description="Calls a minute from one address without a name; 0: no limit."
    )
    rate_caller_per_min: int = Field(
        1200, ge=0, description="Calls a minute of one person or collective; 0: no limit."
    )
    dialect_weight_per_min: int = Field(
        6000,
        ge=0,
        description="Request weight a minute of one key of the Binance dialect; 0: no limit.",
    )
    dialect_address_weight_per_min: int = Field(
        60_000, ge=0,
        description="Request weight a minute from one address on the Binance dialect; 0: no limit.",
    )  # fmt: skip
    dialect_orders_per_10s: int = Field(
        100, ge=0,
        description="New orders in ten seconds of one account on the Binance dialect; 0: no limit.",
    )  # fmt: skip
    dialect_orders_per_day: int = Field(
        200_000,
        ge=0,
        description="New orders a day of one account on the Binance dialect; 0: no limit.",
    )
    dialect_sockets_max: int = Field(
        300, ge=1,
        description="Sockets of the Binance dialect one address may hold open in a process, and open in five minutes.",
    )  # fmt: skip
    stream_sockets_max: int = Field(
        20, ge=1, description="Streams one caller may hold open in one process."
    )
    stream_queued_bytes_max: int = Field(
        1_000_000, ge=65_536, description="Bytes a stream may leave unread before it is closed."
    )
    stream_heartbeat_s: int = Field(
        20, ge=1, le=300, description="Pause between heartbeats of a stream."
    )
    rate_sign_ups_per_hour: int = Field(
        100, ge=0, description="Accounts opened from one address in an hour; 0: no limit."
    )
    key_recovery_wait_hours: int = Field(
        72,
        ge=0,
        le=720,
        description="How long a collective's owner may stop a new key that an operator binds, by the wall clock.",
    )
    creators: Literal["open", "waitlist", "invitation"] = Field(
        "open",
        description="Who may offer listings: whoever wants to, whom an operator grants it, or whom one invites.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server, smtp[s]://user:password@host:port; unset: mails are files in ARENA_HOME/mail.",
    )
    mail_from: str | None = Field(
        None,
        validate_default=True,
        description="Sender of mails, `Name <address>`; needed with a mail server.",
    )
    language_model_key: SecretStr | None = Field(
        None, description="API key for language-model strategists; unset: they are off."
    )
    language_model_url: str = Field(
        "https://api.anthropic.com", description="Where the Messages API answers."
    )
    language_model_day_cents_max: int = Field(
        500, ge=0, le=10_000_000,
        description="US cents all language models together may spend in a day (UTC, by the wall clock).",
    )  # fmt: skip
    language_model_on_fast_replays: bool = Field(
        False,
        description="Ask language models even where bars pass faster than an answer may take; it costs all the same.",
    )
    language_model_prices: Path | None = Field(
        None,
        description="JSON file with prices of language models, over the table that comes with the arena.",
    )
    reproduce_cards: bool = Field(
        True,
        description="Compute model cards of built-in models again, beside the tape, where their candles are here.",
    )
    reproduce_seconds_max: int = Field(
        900, ge=10, le=86_400, description="Seconds of processor time that one card may take."
    )
    reproduce_memory_mb_max: int = Field(
        4096,
        ge=1024,
        le=65_536,
        description="Address space, in MB, that computing a card may take.",
    )
    run_sweeps: bool = Field(
        True,
        description="Run sweeps of built-in models that creators ask for, beside the tape, on the candles here.",
    )
    sweep_configurations_max: int = Field(
        10_000, ge=1, le=20_000, description="Configurations of one sweep that the arena runs."
    )
    sweep_seconds_max: int = Field(
        1800,
        ge=10,
        le=86_400,
        description="Seconds of processor time that one sweep may take at a time.",
    )
    sweep_memory_mb_max: int = Field(
        4096, ge=1024, le=65_536, description="Address space, in MB, that a sweep may take."
    )
    sweeps_waiting_max: int = Field(
        5, ge=1, le=1000, description="Sweeps of one owner that may wait for the arena at a time."
    )
    host_strategies: bool = Field(
        False,
        description="Take in creators' own strategies: check them, compute their cards again, run them for feeds,"
        " each in a process behind the kernel's walls.",
    )
    hosted_feeds_max: int = Field(
        3,
        ge=0,
        le=100,
        description="Feeds that the arena decides for by one owner's own strategies.",
    )
    hosted_memory_mb_max: int = Field(
        256,
        ge=64,
        le=4096,
        description="Memory, in MB beyond the interpreter's, of a process that decides for a feed.",
    )
    demo: bool = Field(
        True, description="Make demo accounts, feeds and listings on the first start."
    )

    @field_validator("database_url", "database_application_url")
    @classmethod
    def _database_url(cls, url: str | None) -> str | None:
        if url:
            connect_options(url)
        return url

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        smtp_server(url.get_secret_value())
        return url

    @field_validator("language_model_key")
    @classmethod
    def _language_model_key(cls, key: SecretStr | None) -> SecretStr | None:
        return key if key is not None and key.get_secret_value().strip() else None

    @field_validator("language_model_url", "stripe_url")
    @classmethod
    def _language_model_url(cls, url: str) -> str:
        parts = urlsplit(url)
        here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("say https:// and a host")
        if parts.scheme == "http" and not here:
            raise ValueError("the key would go over a line in clear: say https://")
        return url.rstrip("/")

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, stated: str | None, given: ValidationInfo) -> str | None:
        if stated:
            sender_address(stated)
        elif given.data.get("smtp_url") is not None:
            raise ValueError("ARENA_SMTP_URL needs it: whom mails are from")
        return stated or None

    @field_validator("speed")
    @classmethod
    def _speed(cls, text: str) -> str:
        if text in ("auto", "max", "pause") or (
            text.endswith("x") and text[:-1].isdigit() and int(text[:-1]) > 0
        ):
            return text
        raise ValueError("say 1x, 60x, 900x …, max, pause or auto")

    @property
    def origin(self) -> str:
        """What callers put before the path, e.g. in signatures; no trailing slash."""
        return (self.public_origin or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def seat_url(self) -> str:
        """Where this process answers for the exchange."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.exchange_url or f"http://{host}:{self.port}"

    @cached_property
    def vault(self) -> Vault:
        """The vault of this installation. Raises VaultError."""
        return open_vault(self.master_key_file or self.home / "master.key", self.seed)
