"""Passwords: argon2id with OWASP's minimum (19 MiB, two passes), in two threads off the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Two at a time: more would let a burst of sign-ins take all memory and both cores.
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A hash of nothing anyone knows, so that an unknown e-mail address takes as long as a wrong password.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; with no hash (nobody of that name) it takes the same time and is not."""
    return await asyncio.get_running_loop().run_in_executor(
        _threads, _matches, password, password_hash
    )


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        matched = _hasher.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matched and password_hash is not None
