"""A bot that speaks Binance is told the arena's addresses only, and the key in the form it takes."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from sigma_sdk import ExchangeKey, SigningKey, ccxt_config, exchange_config
from sigma_sdk.bot_config import CLIENTS, PEM_LENGTH_MAX, addresses

ORIGIN = "https://arena.example"
KEY = SigningKey(b"k" * 32)
HMAC = ExchangeKey("K" * 64, "S" * 64)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("key", [None, KEY, HMAC])
@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_hears_the_arenas_addresses_only(client: str, key: Any) -> None:
    found = texts(exchange_config(client, ORIGIN + "/", key))
    there = [text for text in found if "://" in text]
    assert there or client == "octobot"
    assert all("arena.example" in text for text in there), there
    assert any("arena.example" in text for text in found)


def test_the_private_key_is_short_enough_not_to_be_taken_for_rsa() -> None:
    secret = ccxt_config(ORIGIN, KEY)["secret"]
    assert len(secret) <= 119 < PEM_LENGTH_MAX
    loaded: Any = load_pem_private_key(secret.encode(), None)
    assert loaded.public_key().public_bytes_raw() == KEY.public


def test_the_headerless_form_is_the_same_key() -> None:
    text = exchange_config("nautilus", ORIGIN, KEY)["api_secret"]
    loaded: Any = load_der_private_key(base64.b64decode(text), None)
    assert loaded.public_key().public_bytes_raw() == KEY.public
    assert exchange_config("nautilus", ORIGIN, KEY)["key_type"] == "ED25519"
    assert exchange_config("nautilus", ORIGIN, HMAC)["api_secret"] == HMAC.secret


def test_a_pem_with_carriage_returns_is_refused() -> None:
    with pytest.raises(ValueError, match="carriage returns"):
        ccxt_config(ORIGIN, ExchangeKey("x", KEY.private_pem.replace("\n", "\r\n")))


def test_the_public_key_is_the_api_key_and_secrets_are_not_shown_by_accident() -> None:
    held = ExchangeKey.of(KEY)
    assert held.api_key == KEY.public.hex()
    assert held.secret not in repr(held)
    assert "PRIVATE" not in repr(held)


def test_addresses_follow_the_scheme() -> None:
    assert addresses("http://127.0.0.1:8000")["ws_api"] == "ws://127.0.0.1:8000/ws-api/v3"
    assert addresses(ORIGIN)["stream"] == "wss://arena.example"


def test_ccxt_itself_knows_no_other_address_then() -> None:
    ccxt = pytest.importorskip("ccxt")
    exchange = ccxt.binance(ccxt_config(ORIGIN, KEY))
    urls = texts(exchange.urls["api"])
    assert urls
    assert all("arena.example" in url for url in urls), urls


def test_freqtrade_gets_ccxts_configuration_and_the_key_beside_it() -> None:
    told = exchange_config("freqtrade", ORIGIN, HMAC)["exchange"]
    assert (told["key"], told["secret"]) == (HMAC.api_key, HMAC.secret)
    assert told["ccxt_config"] == ccxt_config(ORIGIN)


def sigma(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SIGMA_", "ARENA_"))}
    return subprocess.run(
        [sys.executable, "-m", "sigma_sdk.cli", *words], capture_output=True, text=True, timeout=60,
        env=env | {"SIGMA_HOME": str(home)}, input="S" * 64 + "\n", check=False,
    )  # fmt: skip


def test_the_command_prints_json_and_writes_a_pem_nobody_else_can_read(tmp_path: Path) -> None:
    path, pem = tmp_path / "a.key", tmp_path / "a.pem"
    KEY.save(path)
    said = sigma(
        tmp_path, "exchange-config", "ccxt", "--key", str(path), "--pem", str(pem), "--url", ORIGIN
    )
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == ccxt_config(ORIGIN, KEY)
    assert "secret" in said.stderr
    assert stat.S_IMODE(pem.stat().st_mode) == 0o600
    assert pem.read_text() == KEY.private_pem
    again = sigma(tmp_path, "exchange-config", "--key", str(path), "--pem", str(pem))
    assert again.returncode == 1
    asked = sigma(tmp_path, "exchange-config", "freqtrade", "--api-key", "K" * 64, "--url", ORIGIN)
    assert json.loads(asked.stdout)["exchange"]["secret"] == "S" * 64
    wrong = sigma(tmp_path, "exchange-config", "gekko")
    assert wrong.returncode == 1
    assert "freqtrade" in wrong.stderr
