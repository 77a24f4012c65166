"""Encryption, pure: content is sealed to keys, keys are wrapped for people; nothing here knows a table or a request.

XChaCha20-Poly1305 for content, X25519 sealed boxes for keys, Argon2id (RFC 9106) for what a person remembers: libsodium's.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from nacl.exceptions import CryptoError, InvalidkeyError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.pwhash import argon2id
from nacl.secret import Aead
from nacl.utils import random

FORMAT = b"\x01"
LOCK_FORMAT = b"\x02"
KEY_SIZE = 32
CHUNK_OVERHEAD = Aead.NONCE_SIZE + Aead.MACBYTES
SALT_SIZE = argon2id.SALTBYTES
# What a wrapped key is longer: the sender's public key of the moment, and the code of authenticity.
WRAP_OVERHEAD = 48
_HEAD = len(FORMAT) + 16


class SealError(Exception):
    """The content is damaged, or was sealed under another key or for another place: it is never half shown."""


def new_key() -> bytes:
    """A random 32-byte key for one piece of content."""
    return random(KEY_SIZE)


def seal(
    content: dict[str, Any], key: bytes, key_id: uuid.UUID, label: str, row: uuid.UUID, pad_to: int = 256
) -> bytes:
    """Seal `content` as JSON, padded so that its length tells nothing finer than `pad_to` bytes.

    The blob is format, key id, nonce, ciphertext. It opens only for the same label (`report.narrative/1`) and row, so
    a blob moved to another row or another use does not open, nor one whose key id was changed.
    """
    body = json.dumps({"is": label} | content, ensure_ascii=False, separators=(",", ":")).encode()
    padded = len(body).to_bytes(4, "big") + body
    padded += b"\x00" * (-len(padded) % pad_to)
    head = FORMAT + key_id.bytes
    return head + bytes(Aead(key).encrypt(padded, _bound_to(head, label, row)))


def unseal(blob: bytes, key: bytes, label: str, row: uuid.UUID) -> dict[str, Any]:
    """Raises SealError."""
    if blob[: len(FORMAT)] != FORMAT:
        raise SealError("unknown format")
    try:
        padded = Aead(key).decrypt(blob[_HEAD:], _bound_to(blob[:_HEAD], label, row))
    except (CryptoError, ValueError):
        raise SealError("damaged, or sealed elsewhere") from None
    content: dict[str, Any] = json.loads(padded[4 : 4 + int.from_bytes(padded[:4], "big")])
    return content


def key_id(blob: bytes) -> uuid.UUID:
    """Which key opens this blob."""
    return uuid.UUID(bytes=blob[len(FORMAT) : _HEAD])


def seal_chunk(chunk: bytes, key: bytes, row: uuid.UUID, number: int, *, is_last: bool) -> bytes:
    """A part of a file: it opens only in this file, at this place, and as its end only where it is the end."""
    return bytes(Aead(key).encrypt(chunk, _place(row, number, is_last)))


def unseal_chunk(sealed: bytes, key: bytes, row: uuid.UUID, number: int, *, is_last: bool) -> bytes:
    """Raises SealError."""
    try:
        return Aead(key).decrypt(sealed, _place(row, number, is_last))
    except (CryptoError, ValueError):
        raise SealError("damaged, cut or sealed elsewhere") from None


def _place(row: uuid.UUID, number: int, is_last: bool) -> bytes:
    return b"file/1:" + row.bytes + number.to_bytes(8, "big") + bytes([is_last])


def _bound_to(head: bytes, label: str, row: uuid.UUID) -> bytes:
    return head + label.encode() + b":" + row.bytes


def new_pair() -> tuple[bytes, bytes]:
    """(private, public) of someone to whom keys can be wrapped."""
    private = PrivateKey.generate()
    return bytes(private), bytes(private.public_key)


def public_of(private: bytes) -> bytes:
    return bytes(PrivateKey(private).public_key)


def wrap(key: bytes, public: bytes) -> bytes:
    """A key that only the holder of the matching private key can read."""
    return SealedBox(PublicKey(public)).encrypt(key)


def unwrap(wrapped: bytes, private: bytes) -> bytes:
    """Raises SealError."""
    return unwrapper(private)(wrapped)


def unwrapper(private: bytes) -> Callable[[bytes], bytes]:
    """As `unwrap`, for many keys wrapped for one holder."""
    box = SealedBox(PrivateKey(private))

    def unwrap(wrapped: bytes) -> bytes:
        try:
            return bytes(box.decrypt(wrapped))
        except CryptoError:
            raise SealError("wrapped for someone else") from None

    return unwrap


def lock(secret: bytes, key: bytes, label: str, row: bytes = b"") -> bytes:
    """A short secret under a symmetric key: it opens only for the same label (`staff.totp`) and row."""
    return LOCK_FORMAT + bytes(Aead(key).encrypt(secret, _lock_place(label, row)))


def unlock(locked: bytes, key: bytes, label: str, row: bytes = b"") -> bytes:
    """Raises SealError.

    What was locked before labels came (`lock/1`) has no format byte and opens for its key alone. Nothing that was locked
    to a label can pass for such a one: what it is bound to is authenticated.
    """
    attempts = [(locked, b"lock/1")]
    if locked[: len(LOCK_FORMAT)] == LOCK_FORMAT:  # or an old one whose random beginning is this byte
        attempts.insert(0, (locked[len(LOCK_FORMAT) :], _lock_place(label, row)))
    for blob, place in attempts:
        with suppress(CryptoError, ValueError):
            return Aead(key).decrypt(blob, place)
    raise SealError("wrong key, or locked elsewhere")


def _lock_place(label: str, row: bytes) -> bytes:
    return b"lock/2:" + label.encode() + b":" + row


def stretch(remembered: str, salt: bytes, *, ops: int, memory: int, size: int = KEY_SIZE) -> bytes:
    """Argon2id: what a person types becomes a key. `memory` in bytes."""
    return argon2id.kdf(size, remembered.encode(), salt, opslimit=ops, memlimit=memory)


def hash_password(password: str, *, ops: int, memory: int) -> str:
    """Argon2id in the PHC string format, `$argon2id$v=19$m=...`, with a salt of its own. `memory` in bytes."""
    return argon2id.str(password.encode(), opslimit=ops, memlimit=memory).decode()


def verify_password(hashed: str, password: str) -> bool:
    """Whether it is the password of this hash; any Argon2id string is read, whatever its costs."""
    try:
        return bool(argon2id.verify(hashed.encode(), password.encode()))
    except (InvalidkeyError, ValueError):  # ValueError: far too long to be one
        return False


def derive(key: bytes, purpose: str, *parts: bytes) -> bytes:
    """A 32-byte key for one purpose only; parts are length-prefixed so that no two inputs meet."""
    state = blake2b(key=key, digest_size=KEY_SIZE, person=blake2b(purpose.encode(), digest_size=16).digest())
    for part in parts:
        state.update(len(part).to_bytes(4, "big") + part)
    return state.digest()
