"""Static files under hashed names, compressed when they were built; a small sheet of our own where nothing was built."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask, Response, abort, request

from portal.package_data import folder

STATIC = folder("static")
BUILT = STATIC / "build"
FALLBACK = {
    "app.css": "base.css",
    "app.rtl.css": "base.css",
    "large.css": "base.css",
    "large.rtl.css": "base.css",
}
FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The built files by their plain names, and what is sent for each: they are few and small, so memory holds them."""

    def __init__(self) -> None:
        manifest = BUILT / "manifest.json"
        self.names: dict[str, str] = json.loads(manifest.read_text()) if manifest.is_file() else {}
        paths = [BUILT / built for built in self.names.values()] or [STATIC / name for name in set(FALLBACK.values())]
        self.files = {path.name: _sent_as(path) for path in paths}

    @property
    def is_built(self) -> bool:
        return bool(self.names)

    def address(self, name: str) -> str | None:
        """Where a page finds the file; None where only the small sheet is there and it has no such file."""
        found = self.names.get(name) or (None if self.is_built else FALLBACK.get(name))
        # In large print as well: a browser keeps one copy of each file.
        return f"{request.environ.get('portal.site', '')}/static/{found}" if found else None


def _sent_as(path: Path) -> dict[str, bytes]:
    """The file's bytes by encoding: as it is under the empty name, and compressed where the build did that."""
    packed = {encoding: path.with_name(path.name + suffix) for encoding, suffix in ENCODINGS}
    return {"": path.read_bytes()} | {
        encoding: each.read_bytes() for encoding, each in packed.items() if each.is_file()
    }


def init_app(app: Flask) -> None:
    assets = Assets()
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = assets.address

    @app.get("/static/<name>")
    def static(name: str) -> Response:
        file = assets.files.get(name) or abort(404)
        encoding = next((one for one, _ in ENCODINGS if one in file and request.accept_encodings.quality(one) > 0), "")
        answer = Response(file[encoding], mimetype=KINDS[Path(name).suffix])
        answer.headers["Cache-Control"] = FOREVER if assets.is_built else "public, max-age=300"
        answer.headers["Vary"] = "Accept-Encoding"
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        answer.add_etag()
        answer.make_conditional(request)
        return answer
