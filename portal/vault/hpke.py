"""Hybrid public key encryption, RFC 9180 in base mode, pure: browsers seal to a public key with what they have built in.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; one message a key. The counterpart is in static/src/offline.js.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from nacl.bindings import (
    crypto_aead_aes256gcm_decrypt,
    crypto_aead_aes256gcm_encrypt,
    crypto_scalarmult,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError
from nacl.utils import random

from portal.vault.sealing import SealError

KEM = b"KEM" + (0x0020).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0002))
KEY_SIZE, NONCE_SIZE, TAG_SIZE = 32, 12, 16
OVERHEAD = KEY_SIZE + TAG_SIZE


def seal(text: bytes, public: bytes, info: bytes, bound_to: bytes, *, ephemeral: bytes | None = None) -> bytes:
    """The sender's key of the moment, then the ciphertext. `ephemeral`: that key's private half, for test vectors only."""
    private = ephemeral or random(KEY_SIZE)
    sent = crypto_scalarmult_base(private)
    key, nonce = _schedule(_agreed(crypto_scalarmult(private, public), sent, public), info)
    return bytes(sent + crypto_aead_aes256gcm_encrypt(text, bound_to, nonce, key))


def unseal(sealed: bytes, private: bytes, info: bytes, bound_to: bytes) -> bytes:
    """Raises SealError."""
    sent, locked = sealed[:KEY_SIZE], sealed[KEY_SIZE:]
    try:
        key, nonce = _schedule(_agreed(crypto_scalarmult(private, sent), sent, crypto_scalarmult_base(private)), info)
        return bytes(crypto_aead_aes256gcm_decrypt(locked, bound_to, nonce, key))
    # RuntimeError: a point of low order, with which every key would agree.
    except (CryptoError, ValueError, RuntimeError, TypeError):
        raise SealError("damaged, or sealed to another key") from None


def is_available() -> bool:
    """Whether this machine's processor has AES: libsodium offers it nowhere else."""
    try:
        private = random(KEY_SIZE)
        return unseal(seal(b"", crypto_scalarmult_base(private), b"", b""), private, b"", b"") == b""
    except (CryptoError, SealError, RuntimeError):
        return False


def _agreed(shared: bytes, sent: bytes, public: bytes) -> bytes:
    """ExtractAndExpand of section 4.1."""
    return _expand(KEM, _extract(KEM, b"", b"eae_prk", shared), b"shared_secret", sent + public, KEY_SIZE)


def _schedule(agreed: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and base nonce: KeySchedule of section 5.1 in mode 0."""
    context = b"\x00" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
    secret = _extract(SUITE, agreed, b"secret", b"")
    return (
        _expand(SUITE, secret, b"key", context, KEY_SIZE),
        _expand(SUITE, secret, b"base_nonce", context, NONCE_SIZE),
    )


def _extract(suite: bytes, salt: bytes, label: bytes, given: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + given, sha256)


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """At most the 32 bytes of one block."""
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labelled + b"\x01", sha256)[:size]
