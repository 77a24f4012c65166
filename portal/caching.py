"""Public pages are the same for everyone, so each is made once, compressed, and given out from memory."""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass
from hashlib import blake2b

from flask import Flask, Response, request, session

FRESH_FOR = 300
MOST = 500


@dataclass(frozen=True)
class CachedPage:
    body: bytes
    compressed: bytes
    etag: str
    mimetype: str
    made_at: float


def init_app(app: Flask, public: str) -> None:
    """Keep the pages of the blueprint `public`; nothing on them may depend on who asks."""
    pages: dict[str, CachedPage] = {}

    def name() -> str | None:
        if request.blueprint != public or request.method not in {"GET", "HEAD"} or request.query_string:
            return None
        return f"{request.environ['portal.language']}{request.path}"

    @app.before_request
    def give() -> Response | None:
        found = pages.get(name() or "")
        if found is None or time.monotonic() - found.made_at > FRESH_FOR:
            return None
        return _answer(found)

    @app.after_request
    def keep(response: Response) -> Response:
        wanted = name()
        if wanted is None or response.status_code != 200 or "Cache-Control" in response.headers:
            return response
        if session.modified:
            raise RuntimeError(f"{request.endpoint} is public: it may not touch the visitor's cookie")
        body = response.get_data()
        page = CachedPage(
            body=body,
            compressed=gzip.compress(body, 9, mtime=0),
            etag=blake2b(body, digest_size=12).hexdigest(),
            mimetype=response.content_type,
            made_at=time.monotonic(),
        )
        if len(pages) < MOST:
            pages[wanted] = page
        return _answer(page)


def _answer(page: CachedPage) -> Response:
    is_known = request.if_none_match.contains(page.etag)
    compressed = request.accept_encodings.quality("gzip") > 0
    body = b"" if is_known else page.compressed if compressed else page.body
    answer = Response(body, status=304 if is_known else 200, content_type=page.mimetype)
    if compressed and not is_known:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["ETag"] = f'"{page.etag}"'
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = f"public, max-age={FRESH_FOR}"
    return answer
