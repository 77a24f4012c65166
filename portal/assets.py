"""Static files under hashed names, compressed when they were built; a small sheet of our own where nothing was built."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask, Response, abort, request, send_file

STATIC = Path(__file__).parent.parent / "static"
BUILT = STATIC / "build"
FALLBACK = {"app.css": "base.css", "app.rtl.css": "base.css"}
FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


class Assets:
    """The built files by their plain names."""

    def __init__(self) -> None:
        manifest = BUILT / "manifest.json"
        self.names: dict[str, str] = json.loads(manifest.read_text()) if manifest.is_file() else {}
        self.files = {built: BUILT / built for built in self.names.values()}
        if not self.names:
            self.files = {name: STATIC / name for name in FALLBACK.values()}

    @property
    def is_built(self) -> bool:
        return bool(self.names)

    def address(self, name: str) -> str | None:
        """Where a page finds the file; None where only the small sheet is there and it has no such file."""
        found = self.names.get(name) or (None if self.is_built else FALLBACK.get(name))
        return f"{request.environ.get('portal.root', '')}/static/{found}" if found else None


def init_app(app: Flask) -> None:
    assets = Assets()
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = assets.address

    @app.get("/static/<name>")
    def static(name: str) -> Response:
        path = assets.files.get(name)
        if path is None:
            abort(404)
        encoding, suffix = next(
            (
                (encoding, suffix)
                for encoding, suffix in ENCODINGS
                if request.accept_encodings.quality(encoding) > 0 and path.with_name(path.name + suffix).is_file()
            ),
            (None, ""),
        )
        answer = send_file(path.with_name(path.name + suffix), mimetype=_kind(path), conditional=True)
        answer.headers["Cache-Control"] = FOREVER if assets.is_built else "public, max-age=300"
        answer.headers["Vary"] = "Accept-Encoding"
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        return answer


def _kind(path: Path) -> str:
    return {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}[path.suffix]
