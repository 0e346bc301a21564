"""What a strategy's code is known by: the SHA-256 of a file's text and of which class in it is the strategy."""

from arena.kit.canonical import sha256_hex

SOURCE_BYTES_MAX = 200_000


def code_sha_of(text: str, class_name: str) -> str:
    """Hex, over the UTF-8 text, a null byte, and the name; a model configuration calls it `code_version`."""
    return sha256_hex(f"{text}\0{class_name}".encode())
