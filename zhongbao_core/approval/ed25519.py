"""Ed25519 verification (RFC 8032) in plain Python, so that a door needs no cryptography library to start.

The rule of acceptance, the same on every machine:

* the public key is a canonical encoding (y below p, no ``x = 0`` with the sign set) of a point on the curve whose
  order is not 1, 2, 4 or 8;
* S is below the group order;
* ``compress(S*B - k*A)`` equals the 32 bytes of R (cofactorless; so R is canonical too).

This is what OpenSSL does, plus the refusal of small-order and non-canonical keys. Nothing here is secret, so nothing
here runs in constant time. One verification takes about a millisecond; signing is done by the library or ssh-keygen.
"""

from __future__ import annotations

from functools import lru_cache

from zhongbao_core.sha import sha512

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
_SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
_BASE_WINDOW = 6
_KEY_WINDOW = 5

Completed = tuple[int, int, int, int]
"""(E, F, G, H): X = EF, Y = GH, Z = FG, T = EH. Kept so that T is multiplied out only before an addition."""
Cached = tuple[int, int, int, int]
"""(Y + X, Y - X, 2dT, 2Z): a point made ready to be added."""
IDENTITY: Completed = (0, 1, 1, 1)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is by the key ``public`` (32 bytes) over ``message``. Never raises."""
    if len(signature) != 64:
        return False
    table = _key_table(bytes(public))
    scalar = int.from_bytes(signature[32:], "little")
    if table is None or scalar >= L:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
    return _compress(_combine(scalar, challenge, table)) == signature[:32]


def acceptable(public: bytes) -> bool:
    """Whether ``public`` is a key that could ever verify: canonical, on the curve, not of small order."""
    return _key_table(bytes(public)) is not None


@lru_cache(maxsize=256)
def _key_table(public: bytes) -> tuple[Cached, ...] | None:
    """Odd multiples of minus the key's point; None for a key that is refused."""
    point = _decompress(public)
    if point is None:
        return None
    x, y = point
    eightfold = _double((x, 1, 1, y), 3)  # X = EF = x, Y = GH = y, Z = FG = 1
    if eightfold[0] * eightfold[1] % P == 0:
        return None
    return _odd_multiples(-x % P, y, 1 << (_KEY_WINDOW - 2))


@lru_cache(maxsize=1)
def _base_table() -> tuple[Cached, ...]:
    return _odd_multiples(*_BASE, 1 << (_BASE_WINDOW - 2))


def _decompress(data: bytes) -> tuple[int, int] | None:
    """The affine point encoded in 32 bytes, or None where the encoding is not canonical or not on the curve."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    top, bottom = (y * y - 1) % P, (D * y * y + 1) % P
    x = top * bottom**3 * pow(top * bottom**7 % P, (P - 5) // 8, P) % P
    if bottom * x * x % P != top:
        x = x * _SQRT_MINUS_1 % P
    if bottom * x * x % P != top or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def _compress(point: Completed) -> bytes:
    e, f, g, h = point
    inverse = pow(f * g, -1, P)
    x, y = e * f * inverse % P, g * h * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _double(point: Completed, times: int = 1) -> Completed:
    """``point`` doubled ``times`` times; one loop, since nine tenths of a verification are spent here."""
    e, f, g, h = point
    for _ in range(times):
        x, y, z = e * f % P, g * h % P, f * g % P
        xx, yy = x * x, y * y
        g = (xx - yy) % P
        e, f, h = -2 * x * y % P, (2 * z * z + g) % P, (xx + yy) % P
    return e, f, g, h


def _add(point: Completed, other: Cached) -> Completed:
    e, f, g, h = point
    x, y = e * f % P, g * h % P
    plus, minus, t2d, z2 = other
    a, b = (y - x) * minus, (y + x) * plus
    c, d = e * h % P * t2d, f * g % P * z2
    return (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P


def _cached(point: Completed) -> Cached:
    e, f, g, h = point
    x, y = e * f % P, g * h % P
    return (y + x) % P, (y - x) % P, 2 * D * e * h % P, 2 * f * g % P


def _odd_multiples(x: int, y: int, count: int) -> tuple[Cached, ...]:
    """1, 3, 5, ... times the point, each as (entry, entry of its negative) in one row: index digit // 2."""
    point: Completed = (x, 1, 1, y)
    twice = _cached(_double(point))
    rows = [_cached(point)]
    for _ in range(count - 1):
        point = _add(point, twice)
        rows.append(_cached(point))
    negatives = [(minus, plus, -t2d, z2) for plus, minus, t2d, z2 in reversed(rows)]
    return (*rows, *negatives)  # digit -1 is the last entry, -3 the one before: rows[digit >> 1]


def _digits(scalar: int, window: int) -> dict[int, int]:
    """Bit position to odd signed digit (width-``window`` NAF): the sum of digit * 2**position is ``scalar``."""
    full, half = 1 << window, 1 << (window - 1)
    found: dict[int, int] = {}
    position = 0
    while scalar:
        zeros = (scalar & -scalar).bit_length() - 1
        scalar >>= zeros
        position += zeros
        digit = scalar & (full - 1)
        if digit >= half:
            digit -= full
        found[position] = digit
        scalar -= digit
    return found


def _combine(scalar: int, challenge: int, table: tuple[Cached, ...]) -> Completed:
    """``scalar`` times the base point plus ``challenge`` times the point of ``table``, doublings shared (Straus)."""
    base, of_base, of_key = _base_table(), _digits(scalar, _BASE_WINDOW), _digits(challenge, _KEY_WINDOW)
    point, above = IDENTITY, 0
    for position in sorted({*of_base, *of_key}, reverse=True):
        point = _double(point, above - position if above else 0)
        above = position
        if position in of_base:
            point = _add(point, base[of_base[position] >> 1])
        if position in of_key:
            point = _add(point, table[of_key[position] >> 1])
    return _double(point, above)
