"""Canonical JSON, signatures and the vault: against published vectors and against misuse."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.canonical import canonical_json, document_sha, sha256_hex
from arena.kit.signing import SigningKey, from_base64, to_base64, verifies
from arena.kit.vault import Vault, VaultError, open_vault

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_example_of_rfc_8785_comes_out_as_printed_there() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\u0022/",
        "literals": [None, True, False],
    }
    assert (
        canonical_json(value)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_keys_are_sorted_by_utf_16_units() -> None:
    wanted = '{"a":3,"\U0001f600":2,"\ufb33":1}'
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2, "a": 3}) == wanted.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, -(2**53), {1: 2}, b"bytes"])
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical_json(value)


@given(json_values)
def test_equal_documents_have_equal_digests_whatever_their_order(value: object) -> None:
    turned = dict(reversed(value.items())) if isinstance(value, dict) else value
    assert document_sha(value) == document_sha(turned) == sha256_hex(canonical_json(value))


def test_the_first_vector_of_rfc_8032_signs_and_verifies() -> None:
    key = SigningKey(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = key.sign(b"")
    assert signature.hex().startswith(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    )
    assert verifies(key.public, b"", signature)
    assert "9d61" not in repr(key)


@given(st.binary(max_size=200), st.integers(0, 511))
def test_one_flipped_bit_breaks_a_signature(message: bytes, bit: int) -> None:
    key = SigningKey(b"k" * 32)
    signature = bytearray(key.sign(message))
    assert verifies(key.public, message, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verifies(key.public, message, bytes(signature))


@pytest.mark.parametrize(
    ("public", "signature"), [(b"", b"x" * 64), (b"p" * 32, b""), (b"\xff" * 32, b"\0" * 64)]
)
def test_keys_and_signatures_of_wrong_shape_do_not_verify(public: bytes, signature: bytes) -> None:
    assert not verifies(public, b"message", signature)


def test_the_key_of_small_order_does_not_verify_everything() -> None:
    weak = bytes([1]) + bytes(31)
    assert not verifies(weak, b"anything", weak + bytes(32))


@pytest.mark.parametrize("text", ["=", "a", "YQ", "YQ==\n", "Y Q==", "_-__", "é"])
def test_only_padded_standard_base64_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_base64(text)
    assert from_base64(to_base64(b"\xff\xfe")) == b"\xff\xfe"


def test_the_vault_opens_what_it_sealed_and_nothing_else() -> None:
    vault = Vault(b"m" * 32)
    sealed = vault.seal(b"secret", "tokens")
    assert vault.open(sealed, "tokens") == b"secret"
    assert b"secret" not in sealed
    assert vault.seal(b"secret", "tokens") != sealed
    for broken in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", sealed[:12]):
        with pytest.raises(VaultError):
            vault.open(broken, "tokens")
    with pytest.raises(VaultError):
        vault.open(sealed, "sessions")
    with pytest.raises(VaultError, match="another master key"):
        Vault(b"n" * 32).open(sealed, "tokens")
    assert "m" * 4 not in repr(vault)


def test_derived_keys_follow_from_master_and_purpose() -> None:
    vault = Vault(b"m" * 32)
    assert vault.derive("log") == Vault(b"m" * 32).derive("log") != vault.derive("seal")
    assert vault.digest("salt", b"x") != vault.digest("salt", b"y") != vault.digest("other", b"y")
    with pytest.raises(VaultError, match="32 bytes"):
        Vault(b"short")


def test_the_master_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key_file = tmp_path / "new" / "master.key"
    first = open_vault(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert open_vault(key_file).derive("x") == first.derive("x")
    assert [file.name for file in key_file.parent.iterdir()] == ["master.key"]


def test_processes_that_make_the_key_at_once_agree_on_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        vaults = list(threads.map(lambda _: open_vault(tmp_path / "master.key"), range(8)))
    assert len({vault.derive("x") for vault in vaults}) == 1


def test_a_key_others_can_read_or_of_wrong_size_is_refused_with_advice(tmp_path: Path) -> None:
    key_file = tmp_path / "master.key"
    open_vault(key_file)
    key_file.chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        open_vault(key_file)
    key_file.chmod(0o600)
    key_file.write_bytes(b"")
    with pytest.raises(VaultError, match="0 bytes instead of 32"):
        open_vault(key_file)
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError, match="cannot be used"):
        open_vault(tmp_path / "file" / "master.key")


def test_a_seed_gives_the_same_keys_everywhere_and_writes_nothing(tmp_path: Path) -> None:
    one, two = open_vault(tmp_path / "a", "demo"), open_vault(tmp_path / "b", "demo")
    assert one.derive("x") == two.derive("x") != open_vault(tmp_path / "a", "other").derive("x")
    assert not os.listdir(tmp_path)
