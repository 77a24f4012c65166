"""Public pages are the same for everyone, so each is made once, compressed, and given out from memory.

What makes an answer public is its view: `@public` promises that nothing in it depends on who asks. When something is
published every server process must make its pages anew: a file's time tells them, because it costs a microsecond to ask.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, g, request, session
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.config import settings

FRESH_FOR = 300
MOST = 500
# Seconds for which a visitor waits while another's request makes the same page, before making it as well.
PATIENCE = 10


Shown = TypeVar("Shown", bound=Callable[..., Any])


def public(view: Shown) -> Shown:
    """Mark a view whose answer may be kept and is the same for everyone."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def publish(db: Session) -> None:
    """When the caller's transaction is stored, have every server process make its public pages anew."""
    marker = _marker()
    event.listen(db, "after_commit", lambda _db: marker.touch(), once=True)


def _marker() -> Path:
    path: Path = settings().data / "published"
    return path


@dataclass(frozen=True)
class CachedPage:
    body: bytes
    compressed: bytes
    etag: str
    mimetype: str
    disposition: str | None
    """The name under which a file is saved."""
    made_at: float


def init_app(app: Flask) -> None:
    """Keep the answers of every view marked `@public`."""
    pages: dict[str, CachedPage] = {}
    being_made: dict[str, threading.Event] = {}
    marker: Path = app.extensions["settings"].data / "published"
    made_after = 0

    def name() -> str | None:
        view = app.view_functions.get(request.endpoint or "")
        if not hasattr(view, "is_public") or request.method not in {"GET", "HEAD"} or request.query_string:
            return None
        return f"{request.environ['portal.language']}{request.path}"

    def fresh(wanted: str) -> CachedPage | None:
        found = pages.get(wanted)
        return found if found and time.monotonic() - found.made_at <= FRESH_FOR else None

    @app.before_request
    def give() -> Response | None:
        nonlocal made_after
        wanted = name()
        if wanted is None:
            return None
        published = _time_of(marker)
        if published != made_after:
            made_after = published
            pages.clear()
        # What is published while this page is made must not be hidden by it.
        g.made_after = published
        found = fresh(wanted)
        if found is None:
            # Eight threads that make the same thousand events at once would each wait for the other seven.
            mine = threading.Event()
            made = being_made.setdefault(wanted, mine)
            if made is mine:
                g.makes = wanted
            else:
                made.wait(PATIENCE)
                found = fresh(wanted)
        return _answer(found) if found else None

    @app.teardown_request
    def make_no_more(_error: BaseException | None) -> None:
        made = being_made.pop(g.pop("makes", ""), None)
        if made is not None:
            made.set()

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
            disposition=response.headers.get("Content-Disposition"),
            made_at=time.monotonic(),
        )
        if g.made_after == made_after:
            # The page made longest ago makes room: whoever walks through a thousand events keeps no other from memory.
            pages.pop(wanted, None)
            if len(pages) >= MOST:
                pages.pop(next(iter(list(pages)), wanted), None)
            pages[wanted] = page
        return _answer(page)


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _answer(page: CachedPage) -> Response:
    is_known = request.if_none_match.contains(page.etag)
    compressed = request.accept_encodings.quality("gzip") > 0
    body = b"" if is_known else page.compressed if compressed else page.body
    answer = Response(body, status=304 if is_known else 200, content_type=page.mimetype)
    if compressed and not is_known:
        answer.headers["Content-Encoding"] = "gzip"
    if page.disposition:
        answer.headers["Content-Disposition"] = page.disposition
    answer.headers["ETag"] = f'"{page.etag}"'
    # The bytes are the same for everyone, but a browser that left must ask again (`portal.web.leaving`): it looks into its
    # own cache first, and on Back without asking whether the page is still good.
    answer.headers["Vary"] = "Accept-Encoding, Cookie"
    answer.headers["Cache-Control"] = f"public, max-age={FRESH_FOR}"
    return answer
