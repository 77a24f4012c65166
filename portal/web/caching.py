"""Public pages are the same for everyone, so each is made once, compressed, and given out from memory.

What makes an answer public is its view: `@public` promises that nothing in it depends on who asks. Of the query it sees
only what `@public(used_query)` says that it uses, in one spelling: whatever else stands in an address makes no new page.
When something is published every server process must make its pages anew: a file's time tells them, because it costs a
microsecond to ask. No page outlives what it says of the day, nor the moment that its view names with `true_until`. Most of
what is left of an answer's cost is Flask's: so whoever comes without a cookie and asks for a page that went out before gets
the same headers and bytes before the request is Flask's.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial, wraps
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload
from weakref import WeakValueDictionary

from flask import Flask, Response, g, request, session
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from portal import read_copy
from portal.config import settings
from portal.db import Database, database, next_midnight, utcnow
from portal.shared_signs import Sign, mark_of, set_sign
from portal.web.errors import ERROR_STATUS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_AGE = 300
# Seconds after which each process asks whether another machine published.
LOOK_EVERY = 0.5
# Apart, so that whoever walks through every query there can be pushes no page out of memory that others open.
MAX_PAGES, MAX_QUERIES = 500, 100
# Above this level a page is hardly smaller and takes three times as long.
GZIP_LEVEL = 6
# Behind the tag of a page's compressed bytes.
GZIPPED = "-gzip"
# Seconds for which a visitor waits while another's request makes the same page, before making it as well.
TIMEOUT = 10
# With any of these in the request an answer may be another than the page, or none is given but that nothing changed.
ASKS_MORE = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "QUERY_STRING", ERROR_STATUS)
# Where the request says which page in memory it was answered with.
GIVEN = "portal.given"


Shown = TypeVar("Shown", bound=Callable[..., Any])


@overload
def public(view: Shown) -> Shown: ...


@overload
def public(*, used_query: Callable[[], str]) -> Callable[[Shown], Shown]: ...


def public(view: Shown | None = None, *, used_query: Callable[[], str] = lambda: "") -> Any:
    """Mark a view whose answer may be kept and is the same for everyone who asks for the same.

    `used_query` reads `request.args` and gives the part of it that the view uses, always spelled the same way and of
    nothing nothing; a view without it uses none. The view is then asked with that query and no other.
    """

    def mark(view: Shown) -> Shown:
        @wraps(view)
        def shown(*given: Any, **named: Any) -> Any:
            return read_copy.read(partial(view, *given, **named)) if "wanted" in g else view(*given, **named)

        shown.used_query = used_query  # type: ignore[attr-defined]
        return cast("Shown", shown)

    return mark(view) if view is not None else mark


def publish(db: Session) -> None:
    """When the caller's transaction is stored, have every server process make its public pages anew."""
    if not database().is_sqlite:
        # Last in the transaction: whoever publishes too waits for it, and holds nothing that this still needs.
        event.listen(db, "before_commit", lambda db: set_sign(db, Sign.PUBLISHED), once=True)
    marker = _marker()
    event.listen(db, "after_commit", lambda _db: marker.touch(), once=True)


def follow(app: Flask) -> None:
    """Have this machine's processes make their pages anew when another machine published; returns at once."""
    found: Database = app.extensions["database"]
    if not found.is_sqlite:
        marker: Path = app.extensions["settings"].data / "published"
        threading.Thread(target=_look_for_publications, args=(found.engine, marker), daemon=True).start()


def _look_for_publications(engine: Engine, marker: Path) -> None:
    """Asking the database is dear, the file's time is not: so a thread asks, and the pages go by the file."""
    seen: bytes | None = None
    while True:
        try:
            mark = mark_of(engine, Sign.PUBLISHED)
        except (DBAPIError, PoolTimeout):
            mark = seen  # away or too busy for the moment; what was published meanwhile is seen afterwards
        if mark != seen:
            seen = mark
            marker.touch()
        time.sleep(LOOK_EVERY)


def true_until(moment: datetime) -> None:
    """Have the page that is being made live no longer than to this moment, when something that it says changes."""
    g.true_until = min(moment, g.get("true_until", moment))


def _marker() -> Path:
    path: Path = settings().data / "published"
    return path


Address = tuple[str, str]


@dataclass(eq=False)
class CachedPage:
    body: bytes
    compressed: bytes
    etag: str
    mimetype: str
    disposition: str | None
    """The name under which a file is saved."""
    modified: datetime | None
    """When what it says changed last, where its view says so."""
    made_at: float
    true_until: datetime
    made_after: int
    """When something was published last before it was made: after anything else it is given to nobody."""
    address: Address | None = None
    """The first at which it was asked for, and the one at which its answers are kept: an id may be spelled in many ways."""
    answers: dict[bool, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)
    """Status and headers as they went out, but for how long they hold, by whether the bytes are the compressed ones."""

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.made_at <= MAX_AGE and utcnow() < self.true_until

    @property
    def holds(self) -> tuple[str, str]:
        """The header that says for how many seconds it may be kept elsewhere."""
        left = max(0, min(MAX_AGE, int((self.true_until - utcnow()).total_seconds())))
        return "Cache-Control", f"public, max-age={left}"


class ReadyAnswers:
    """Gives out again what went out, and notes what goes out for the first time."""

    def __init__(self, app: WSGIApplication, marker: Path) -> None:
        self.app = app
        self.marker = marker
        # A page that makes room for another, or is made anew, takes its place here with it.
        self.pages: WeakValueDictionary[Address, CachedPage] = WeakValueDictionary()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or any(environ.get(name) for name in ASKS_MORE):
            return self.app(environ, start_response)
        address = (environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""))
        compressed = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        page = self.pages.get(address)
        if (
            page is not None
            and compressed in page.answers
            and page.is_fresh
            and page.made_after == _time_of(self.marker)
        ):
            status, headers = page.answers[compressed]
            start_response(status, [page.holds if each[0] == page.holds[0] else each for each in headers])
            return [page.compressed if compressed else page.body]

        def note(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            given: CachedPage | None = environ.pop(GIVEN, None)
            # What went out counts, not what was asked for: on the way a header may have been dropped, or something failed.
            is_as_asked = (
                ("Content-Encoding", "gzip") in headers if compressed else not _has(headers, "Content-Encoding")
            )
            if given is None or failed or not status.startswith("200") or not is_as_asked:
                return start_response(status, headers, *failed)
            if given.address in {None, address}:
                given.address = address
                given.answers[compressed] = (status, headers.copy())
                self.pages[address] = given
            return start_response(status, headers, *failed)

        return self.app(environ, note)


def init_app(app: Flask) -> None:
    """Keep the answers of every view marked `@public`."""
    pages: dict[Hashable, CachedPage] = {}
    queries: dict[Hashable, CachedPage] = {}
    being_made: dict[Hashable, threading.Event] = {}
    marker: Path = app.extensions["settings"].data / "published"
    made_after = 0

    def shelf() -> dict[Hashable, CachedPage]:
        return queries if request.query_string else pages

    def fresh(wanted: Hashable) -> CachedPage | None:
        found = shelf().get(wanted)
        return found if found and found.is_fresh else None

    app.wsgi_app = ReadyAnswers(app.wsgi_app, marker)  # type: ignore[method-assign]

    @app.before_request
    def give() -> Response | None:
        nonlocal made_after
        used_query = getattr(app.view_functions.get(request.endpoint or ""), "used_query", None)
        if used_query is None or request.method not in {"GET", "HEAD"}:
            return None
        if request.query_string:
            _ask_with(used_query())
        # Not the path: an id may be spelled in many ways.
        wanted = (
            request.script_root,  # the language and the size of print
            request.endpoint,
            *(request.view_args or {}).values(),
            request.query_string,
        )
        g.wanted = wanted
        published = _time_of(marker)
        if published != made_after:
            made_after = published
            pages.clear()
            queries.clear()
        # What is published while this page is made must not be hidden by it, nor what a midnight changes.
        g.made_after = published
        true_until(next_midnight(utcnow()))
        found = fresh(wanted)
        if found is None:
            # Eight threads that make the same thousand events at once would each wait for the other seven.
            mine = threading.Event()
            made = being_made.setdefault(wanted, mine)
            if made is mine:
                g.makes = wanted
            else:
                made.wait(TIMEOUT)
                found = fresh(wanted)
        if found is None:
            return None
        request.environ[GIVEN] = found
        return _answer(found)

    @app.teardown_request
    def make_no_more(_error: BaseException | None) -> None:
        made = being_made.pop(g.pop("makes", None), None)
        if made is not None:
            made.set()

    @app.after_request
    def keep(response: Response) -> Response:
        wanted = g.get("wanted")
        if wanted is None or response.status_code != 200 or "Cache-Control" in response.headers:
            return response
        if session.modified:
            raise RuntimeError(f"{request.endpoint} is public: it may not touch the visitor's cookie")
        body = response.get_data()
        page = CachedPage(
            body=body,
            compressed=gzip.compress(body, GZIP_LEVEL, mtime=0),
            etag=blake2b(body, digest_size=12).hexdigest(),
            mimetype=response.content_type,
            disposition=response.headers.get("Content-Disposition"),
            modified=response.last_modified,
            made_at=time.monotonic(),
            true_until=g.true_until,
            made_after=g.made_after,
        )
        if g.made_after == made_after:
            # The page made longest ago makes room: whoever walks through a thousand events keeps no other from memory.
            kept, most = shelf(), MAX_QUERIES if request.query_string else MAX_PAGES
            kept.pop(wanted, None)
            if len(kept) >= most:
                kept.pop(next(iter(list(kept)), wanted), None)
            kept[wanted] = page
            request.environ[GIVEN] = page
        return _answer(page)


def _has(headers: list[tuple[str, str]], name: str) -> bool:
    return any(each[0] == name for each in headers)


def _ask_with(query: str) -> None:
    """Let the request be one with this query: nothing else that stood there is on a page that others are given."""
    request.query_string = query.encode()
    for worked_out in ("args", "values", "full_path", "url"):
        request.__dict__.pop(worked_out, None)


@lru_cache(maxsize=64)
def _takes_gzip(accepted: str) -> bool:
    """Kept, for all browsers of the world send a dozen of these lines between them."""
    return parse_accept_header(accepted, Accept).quality("gzip") > 0


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _answer(page: CachedPage) -> Response:
    compressed = _takes_gzip(request.headers.get("Accept-Encoding", ""))
    is_known = _is_known(page)
    body = b"" if is_known else page.compressed if compressed else page.body
    answer = Response(body, status=304 if is_known else 200, content_type=page.mimetype)
    if compressed and not is_known:
        answer.headers["Content-Encoding"] = "gzip"
    if page.disposition:
        answer.headers["Content-Disposition"] = page.disposition
    # A strong tag is of the bytes that are sent (RFC 9110, 8.8.3.3).
    answer.headers["ETag"] = f'"{page.etag}{GZIPPED if compressed else ""}"'
    if page.modified is not None:
        answer.last_modified = page.modified
    # The bytes are the same for everyone, but a browser that left must ask again (`portal.web.leaving`): it looks into its
    # own cache first, and on Back without asking whether the page is still good.
    answer.headers["Vary"] = "Accept-Encoding, Cookie"
    answer.headers.add(*page.holds)
    return answer


def _is_known(page: CachedPage) -> bool:
    """Whether the visitor has it already, compressed or not; the time counts only where no tag is sent (RFC 9110, 13.1.3)."""
    if "If-None-Match" in request.headers:
        # A proxy that compresses what it passes on makes the tag a weak one.
        return any(request.if_none_match.contains_weak(f"{page.etag}{coded}") for coded in ("", GZIPPED))
    return (
        page.modified is not None
        and request.if_modified_since is not None
        and page.modified <= request.if_modified_since
    )
