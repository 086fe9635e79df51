"""The key kinds that need the cryptography library: ECDSA, RSA, hardware ECDSA. Imported when one is met."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from zhongbao_core.approval.keys import RSA
from zhongbao_core.approval.sshsig import Signature
from zhongbao_core.approval.wire import Reader

_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "nistp256": (ec.SECP256R1(), hashes.SHA256()),
    "nistp384": (ec.SECP384R1(), hashes.SHA384()),
    "nistp521": (ec.SECP521R1(), hashes.SHA512()),
}


def holds(signature: Signature, signed: bytes) -> bool:
    """Whether ``signature`` is by its own key over ``signed``. Never raises for bytes from outside."""
    try:
        if signature.key_kind == RSA:
            _check_rsa(signature, signed)
        else:
            _check_ecdsa(signature, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _check_rsa(signature: Signature, signed: bytes) -> None:
    reader = Reader(signature.key_blob)
    reader.string()
    exponent, modulus = reader.integer(), reader.integer()
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    chosen = hashes.SHA512() if signature.algorithm == "rsa-sha2-512" else hashes.SHA256()
    key.verify(signature.value, signed, padding.PKCS1v15(), chosen)


def _check_ecdsa(signature: Signature, signed: bytes) -> None:
    reader = Reader(signature.key_blob)
    reader.string()
    curve, chosen = _CURVES[reader.text()]
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, reader.string())
    inner = Reader(signature.value)
    r, s = inner.integer(), inner.integer()
    inner.end()
    key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(chosen))
