"""Signatures and errors of the Binance connector: what may have acted, and what surely has not."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from arena.trading.venues import BadSecret, BinanceKey, VenueBusy
from arena.trading.venues.binance.errors import Complaint, error_of
from arena.trading.venues.binance.sign import encoded, signer, sorted_text
from arena.trading.venues.model import (
    BadOrderRequest,
    MarketClosed,
    MayNotTrade,
    UnknownOrder,
    VenueAway,
    VenueRefused,
    VenueSilent,
    WouldTake,
)


def test_a_shared_secret_signs_as_binance_documents_it() -> None:
    """The example of the exchange's own documentation."""
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    text = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        "&recvWindow=5000&timestamp=1499827319559"
    )
    expected = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert signer("hmac", secret).sign(text) == expected
    assert hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() == expected


def test_an_ed25519_key_is_taken_in_each_of_its_forms() -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    headless = "".join(pem.splitlines()[1:-1])
    raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()).hex()
    signed = {
        signer("ed25519", secret).sign("a=1") for secret in (pem, headless, raw, pem + "\r\n")
    }
    assert len(signed) == 1


@pytest.mark.parametrize("secret", ["", "nonsense", "00" * 31, "-----BEGIN nothing"])
def test_what_is_no_key_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(BadSecret) as refused:
        signer("ed25519", secret)
    assert secret not in str(refused.value) or not secret


def test_a_key_does_not_show_its_secret() -> None:
    key = BinanceKey("A" * 60 + "1234", "the secret", "hmac")
    assert "the secret" not in repr(key)
    assert "secret" not in repr(signer("hmac", "the secret"))


def test_parameters_are_encoded_before_they_are_signed_and_sorted_on_sockets() -> None:
    assert encoded({"b": "x y/+", "a": 1}) == "b=x%20y%2F%2B&a=1"
    assert sorted_text({"b": True, "a": "x y", "c": 2}) == "a=x y&b=true&c=2"


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (400, -2010, "Account has insufficient balance for requested action.", VenueRefused),
        (400, -2010, "Order would immediately match and take.", WouldTake),
        (400, -2010, "Market is closed.", MarketClosed),
        (400, -2010, "This account may not place or cancel orders.", MayNotTrade),
        (400, -1013, "Filter failure: LOT_SIZE", VenueRefused),
        (400, -1102, "Mandatory parameter 'price' was not sent.", BadOrderRequest),
        (400, -2011, "Unknown order sent.", UnknownOrder),
        (400, -2013, "Order does not exist.", UnknownOrder),
        (401, -2015, "Invalid API-key, IP, or permissions for action.", MayNotTrade),
        (429, -1003, "Too many requests.", VenueBusy),
        (418, -1003, "Way too many requests.", VenueBusy),
        (400, -1015, "Too many new orders.", VenueBusy),
        (503, -1008, "Server is currently overloaded with other requests.", VenueAway),
        (403, 0, "<html>", VenueAway),
        (503, 0, "Unknown error, please check your request or try again later.", VenueSilent),
        (400, -1007, "Timeout waiting for response from backend server.", VenueSilent),
        (500, 0, "", VenueSilent),
        (504, 0, "", VenueSilent),
    ],
)  # fmt: skip
def test_each_complaint_has_its_error(
    status: int, code: int, message: str, expected: type[Exception]
) -> None:
    complaint = Complaint(status, code, message)
    error = error_of(complaint, symbol="BTCUSDT", wanted="mine", retry_after_s=3)
    assert type(error) is expected
