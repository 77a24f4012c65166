"""A virus scanner that speaks clamd's protocol on a socket of this machine, well or badly, and finds one word."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What scanners agree to find, in two parts: no scanner shall find it in this file.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
VERSION = b"ClamAV 1.4.3/27812/Sun Nov 29 08:35:12 2026"


class Scanner:
    """How it behaves may be changed while it runs; `asked` counts whole files, `held` is the last of them."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix:{path}"
        self.version = VERSION
        self.says: bytes | None = None
        """Instead of what it finds; empty: it hangs up."""
        self.is_silent = False
        self.takes = 0.0
        """Seconds over one file."""
        self.asked = 0
        self.held = b""
        self._over = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()

    def run(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                line, _peer = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError, EOFError):
            if self.is_silent:
                self._over.wait(60)
                return
            command = b""
            while not command.endswith(b"\0"):
                command += _exactly(line, 1)
            if command == b"zVERSION\0":
                line.sendall(self.version + b"\0")
                return
            assert command == b"zINSTREAM\0"
            file = b""
            while size := int.from_bytes(_exactly(line, 4), "big"):
                file += _exactly(line, size)
            self.asked, self.held = self.asked + 1, file
            self._over.wait(self.takes)
            answer = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in file else b"stream: OK\0"
            line.sendall(answer if self.says is None else self.says)


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        came = line.recv(size - len(data))
        if not came:
            raise EOFError
        data += came
    return data


@contextmanager
def scanning(path: Path) -> Iterator[Scanner]:
    scanner = Scanner(path)
    threading.Thread(target=scanner.run, daemon=True).start()
    try:
        yield scanner
    finally:
        scanner.close()
