"""A stream that is sealed while it is written, to a key pair whose private half is elsewhere: what leaves this machine.

X25519 sealed box for the stream's key, secretstream (XChaCha20-Poly1305) for what is in it: libsodium's. Pieces cannot be
cut, swapped or left out, at the end neither: the last one is marked as the last.
"""

from __future__ import annotations

import base64
import binascii
import io
from hashlib import blake2b
from typing import IO

from nacl import bindings
from nacl.exceptions import CryptoError

from portal.vault import sealing
from portal.vault.sealing import KEY_SIZE, WRAP_OVERHEAD, SealError

MAGIC = b"portal sealed stream 1\n"
FINGERPRINT_SIZE = 8
PIECE = 1024 * 1024
OVERHEAD: int = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
HEADER_SIZE: int = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
MORE: int = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
LAST: int = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
# Each half says which it is: nobody puts the private one where the public one belongs.
PUBLIC, PRIVATE = "backup-public-", "backup-private-"


class NotThisKey(SealError):
    """The stream was sealed to another key."""


def new_key_pair() -> tuple[str, str]:
    """The private and the public half, as text."""
    private, public = sealing.new_pair()
    return PRIVATE + _as_text(private), PUBLIC + _as_text(public)


def read_public(text: str) -> bytes:
    """Raises ValueError."""
    return _read(text, PUBLIC)


def read_private(text: str) -> bytes:
    """Raises ValueError."""
    return _read(text, PRIVATE)


def _as_text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _read(text: str, prefix: str) -> bytes:
    kind, encoded = text.strip()[: len(prefix)], text.strip()[len(prefix) :]
    try:
        key = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(prefix) from None
    if kind != prefix or len(key) != KEY_SIZE:
        raise ValueError(prefix)
    return key


def _fingerprint(public: bytes) -> bytes:
    return blake2b(public, digest_size=FINGERPRINT_SIZE, person=b"backup key").digest()


class SealingWriter(io.RawIOBase):
    """Seals what is written to it into `out`. Without close() the stream has no end, and nobody opens it."""

    def __init__(self, out: IO[bytes], public: bytes) -> None:
        self._out = out
        self._waiting = bytearray()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        key = sealing.new_key()
        header = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        out.write(MAGIC + _fingerprint(public) + sealing.wrap(key, public) + header)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._push(bytes(self._waiting[:PIECE]), MORE)
            del self._waiting[:PIECE]
        return len(data)

    def finish(self) -> None:
        """The end: what was written can be opened from now on."""
        self._push(bytes(self._waiting), LAST)
        self._waiting.clear()
        self._out.flush()

    def _push(self, piece: bytes, tag: int) -> None:
        sealed = bindings.crypto_secretstream_xchacha20poly1305_push(self._state, piece, tag=tag)
        self._out.write(len(sealed).to_bytes(4, "big") + sealed)


class OpeningReader(io.RawIOBase):
    """Reads what SealingWriter wrote. Raises SealError where it is damaged or cut, NotThisKey where another key opens it."""

    def __init__(self, source: IO[bytes], private: bytes) -> None:
        self._source = source
        self._opened = b""
        self._is_at_end = False
        if _exactly(source, len(MAGIC)) != MAGIC:
            raise SealError("no sealed stream")
        if _exactly(source, FINGERPRINT_SIZE) != _fingerprint(sealing.public_of(private)):
            raise NotThisKey
        key = sealing.unwrap(_exactly(source, KEY_SIZE + WRAP_OVERHEAD), private)
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = _exactly(source, HEADER_SIZE)
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [], size
        while wanted and (self._opened or self._pull()):
            part = self._opened if wanted < 0 else self._opened[:wanted]
            self._opened = self._opened[len(part) :]
            wanted -= len(part) if wanted > 0 else 0
            parts.append(part)
        return b"".join(parts)

    def _pull(self) -> bool:
        """Open the next piece that has something in it; whether there is one."""
        while not self._opened and not self._is_at_end:
            size = int.from_bytes(_exactly(self._source, 4), "big")
            if not OVERHEAD <= size <= PIECE + OVERHEAD:
                raise SealError("damaged")
            try:
                piece, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(
                    self._state, _exactly(self._source, size)
                )
            except (CryptoError, RuntimeError, ValueError):
                raise SealError("damaged") from None
            self._opened, self._is_at_end = piece, tag == LAST
        return bool(self._opened)


def _exactly(source: IO[bytes], size: int) -> bytes:
    """Also from a pipe, which gives what it has. Raises SealError where the stream ends before."""
    found = b""
    while len(found) < size:
        part = source.read(size - len(found))
        if not part:
            raise SealError("cut")
        found += part
    return found
