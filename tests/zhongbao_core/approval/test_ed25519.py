"""Our Ed25519 against RFC 8032, against the library, and against everything a forger may try."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha512

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from zhongbao_core.approval import ed25519
from zhongbao_core.approval.ed25519 import L, P, acceptable, verify

RFC_8032 = [
    pytest.param(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        id="test 1: empty message",
    ),
    pytest.param(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        id="test 2: one byte",
    ),
    pytest.param(
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        id="test 3: two bytes",
    ),
    pytest.param(
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        id="test SHA(abc)",
    ),
]

# The eight points of small order: two encodings of x give four of order 8.
ORDER_8_Y = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER = [
    pytest.param(value.to_bytes(32, "little"), id=name)
    for name, value in {
        "identity": 1,
        "order 2": P - 1,
        "order 4": 0,
        "order 4, other sign": 1 << 255,
        "order 8, a": ORDER_8_Y,
        "order 8, b": ORDER_8_Y | 1 << 255,
        "order 8, c": P - ORDER_8_Y,
        "order 8, d": (P - ORDER_8_Y) | 1 << 255,
        "identity with the sign set": 1 | 1 << 255,
        "identity written as p + 1": P + 1,
        "order 4 written as p": P,
        "order 4 written as p, other sign": P | 1 << 255,
        "order 2 with the sign set": (P - 1) | 1 << 255,
        "all ones": 2**256 - 1,
    }.items()
]
SCALE = 20 if os.environ.get("ZHONGBAO_SOAK") else 1
seeds = st.binary(min_size=32, max_size=32)


def library_says(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def made(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.public_key().public_bytes_raw(), key.sign(message)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold_and_any_flipped_byte_breaks_them(
    public: str, message: str, signature: str
) -> None:
    key, text, good = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify(key, text, good)
    assert not verify(key, text + b"\0", good)
    for place in range(64):
        assert not verify(key, text, good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])


@settings(max_examples=1000 * SCALE, deadline=None)
@given(seed=seeds, message=st.binary(max_size=300))
def test_what_the_library_signs_is_verified(seed: bytes, message: bytes) -> None:
    public, signature = made(seed, message)
    assert verify(public, message, signature)


@settings(max_examples=1000 * SCALE, deadline=None)
@given(
    seed=seeds,
    message=st.binary(max_size=64),
    place=st.integers(0, 127),
    flip=st.integers(1, 255),
)
def test_a_changed_byte_of_key_signature_or_message_is_judged_as_the_library_judges_it(
    seed: bytes, message: bytes, place: int, flip: int
) -> None:
    public, signature = made(seed, message)
    whole = bytearray(public + signature + message)
    whole[place % len(whole)] ^= flip
    parts = bytes(whole[:32]), bytes(whole[96:]), bytes(whole[32:96])
    assert verify(*parts) is False
    assert library_says(*parts) is False


@settings(max_examples=500 * SCALE, deadline=None)
@given(public=seeds, message=st.binary(max_size=40), signature=st.binary(min_size=64, max_size=64))
def test_random_bytes_verify_nowhere(public: bytes, message: bytes, signature: bytes) -> None:
    assert verify(public, message, signature) is False
    assert not acceptable(public) or not library_says(public, message, signature)


@settings(max_examples=300 * SCALE, deadline=None)
@given(seed=seeds, message=st.binary(max_size=40), times=st.integers(1, 15))
def test_s_written_with_multiples_of_the_order_added_is_refused(seed: bytes, message: bytes, times: int) -> None:
    public, signature = made(seed, message)
    scalar = int.from_bytes(signature[32:], "little") + times * L
    forged = signature[:32] + (scalar % 2**256).to_bytes(32, "little")
    assert not verify(public, message, forged)
    assert not library_says(public, message, forged)


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_a_small_order_or_non_canonical_key_is_refused_whatever_the_signature(public: bytes) -> None:
    assert not acceptable(public)
    for first in (public, (1).to_bytes(32, "little")):
        for index in range(64):
            assert not verify(public, b"message %d" % index, first + bytes(32))


def test_the_points_of_order_8_used_here_lie_on_the_curve_and_vanish_after_three_doublings_not_two() -> None:
    for value in (ORDER_8_Y, ORDER_8_Y | 1 << 255, P - ORDER_8_Y, (P - ORDER_8_Y) | 1 << 255):
        found = ed25519._decompress(value.to_bytes(32, "little"))
        assert found is not None
        fourfold = ed25519._double(ed25519._double((found[0], 1, 1, found[1])))
        assert ed25519._compress(fourfold) != (1).to_bytes(32, "little")
        assert ed25519._compress(ed25519._double(fourfold)) == (1).to_bytes(32, "little")


def test_the_library_alone_would_accept_a_small_order_key_so_the_refusal_is_ours() -> None:
    identity, signature = (1).to_bytes(32, "little"), (1).to_bytes(32, "little") + bytes(32)
    assert library_says(identity, b"anything at all", signature)
    assert not verify(identity, b"anything at all", signature)


@pytest.mark.parametrize("extra", range(19))
def test_y_written_as_p_plus_a_little_is_refused(extra: int) -> None:
    assert not acceptable((P + extra).to_bytes(32, "little"))
    assert not acceptable((P + extra | 1 << 255).to_bytes(32, "little"))


def test_a_non_canonical_r_is_refused() -> None:
    public, signature = made(bytes(32), b"m")
    identity_again = (P + 1).to_bytes(32, "little")
    assert not verify(public, b"m", identity_again + signature[32:])
    assert not library_says(public, b"m", identity_again + signature[32:])


def test_x_zero_with_the_sign_set_is_no_encoding() -> None:
    for y in (1, P - 1):
        assert ed25519._decompress(y.to_bytes(32, "little")) == (0, y)
        assert ed25519._decompress((y | 1 << 255).to_bytes(32, "little")) is None


@pytest.mark.parametrize("length", [0, 1, 31, 33, 63, 65, 128])
def test_wrong_lengths_are_refused_without_an_error(length: int) -> None:
    public, signature = made(bytes(32), b"m")
    assert not verify(public, b"m", (signature * 2)[:length]) or length == 64
    assert not verify((public * 4)[:length], b"m", signature)


@given(scalar=st.integers(0, L - 1), window=st.sampled_from([5, 6]))
def test_signed_digits_add_up_to_the_scalar(scalar: int, window: int) -> None:
    digits = ed25519._digits(scalar, window)
    assert sum(digit << position for position, digit in digits.items()) == scalar
    assert all(digit % 2 and abs(digit) < 1 << (window - 1) for digit in digits.values())


def test_it_loads_without_any_cryptography_library() -> None:
    code = (
        "import sys; import zhongbao_core.approval.ed25519, zhongbao_core.approval.keys;"
        "import zhongbao_core.approval.sshsig, zhongbao_core.approval.statement;"
        "print([m for m in ('cryptography','pydantic','yaml','logging','subprocess','tempfile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_keys_with_a_small_order_part_are_judged_by_the_cofactorless_rule_as_the_library_judges_them() -> None:
    """A signer adds a point of order 8 to the own key: about one in eight messages then verifies, here and there."""
    secret, torsion = 12345678901234567890, ed25519._decompress(ORDER_8_Y.to_bytes(32, "little"))
    assert torsion is not None
    base = (ed25519._BASE[0], 1, 1, ed25519._BASE[1])
    point = times(secret, base)
    public = ed25519._compress(ed25519._add(point, ed25519._cached((torsion[0], 1, 1, torsion[1]))))
    assert acceptable(public)
    verdicts = [
        (verify(public, *pair), library_says(public, *pair)) for pair in torsion_signatures(secret, public, base)
    ]
    assert {True, False} == {ours for ours, _ in verdicts}
    assert all(ours == theirs for ours, theirs in verdicts)


def times(scalar: int, point: ed25519.Completed) -> ed25519.Completed:
    """``scalar`` times ``point``, one bit at a time."""
    found, cached = ed25519.IDENTITY, ed25519._cached(point)
    for bit in bin(scalar)[2:]:
        found = ed25519._double(found)
        if bit == "1":
            found = ed25519._add(found, cached)
    return found


def torsion_signatures(secret: int, public: bytes, base: ed25519.Completed) -> list[tuple[bytes, bytes]]:
    made = []
    for number in range(64):
        message, nonce = b"%d" % number, 987654321 + number
        first = ed25519._compress(times(nonce, base))
        challenge = int.from_bytes(sha512(first + public + message).digest(), "little") % L
        made.append((message, first + ((nonce + challenge * secret) % L).to_bytes(32, "little")))
    return made


@pytest.mark.parametrize(
    "public", [item for item in SMALL_ORDER if str(item.id).startswith("order") and "," in str(item.id)]
)
def test_signatures_nobody_made_that_the_library_accepts_under_a_small_order_key_are_refused(public: bytes) -> None:
    points = [(1).to_bytes(32, "little"), (P - 1).to_bytes(32, "little"), public]
    forged = [
        (message, first + bytes(32))
        for message in (b"change %d" % number for number in range(100))
        for first in points
        if library_says(public, message, first + bytes(32))
    ]
    assert len(forged) > 5
    assert not any(verify(public, *pair) for pair in forged)
