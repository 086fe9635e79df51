"""SHA-2 for small inputs without OpenSSL: loading libcrypto costs a door 4 ms, hashing a few kilobytes none.

``hashlib`` serves large inputs, where OpenSSL is several times as fast, and every Python built without its own hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash
    from hashlib import sha256 as _small_256
    from hashlib import sha512 as _small_512
else:
    try:
        from _sha256 import sha256 as _small_256
        from _sha512 import sha512 as _small_512
    except ImportError:
        try:
            from _sha2 import sha256 as _small_256
            from _sha2 import sha512 as _small_512
        except ImportError:
            from hashlib import sha256 as _small_256
            from hashlib import sha512 as _small_512

LARGE = 1 << 20
"""From here on OpenSSL wins back what it costs to load."""


def sha256(data: bytes | memoryview = b"") -> _Hash:
    """As ``hashlib.sha256``."""
    if len(data) < LARGE:
        return _small_256(data)
    from hashlib import sha256 as fast

    return fast(data)


def sha512(data: bytes = b"") -> _Hash:
    """As ``hashlib.sha512``."""
    if len(data) < LARGE:
        return _small_512(data)
    from hashlib import sha512 as fast

    return fast(data)
