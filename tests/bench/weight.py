"""What a first visit costs someone who pays for each megabyte: requests and bytes of a page with all that it loads."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urljoin, urlsplit


class Loaded(HTMLParser):
    """The addresses that a browser fetches by itself to show a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get("href") if tag == "link" and given.get("rel") != "alternate" else given.get("src")
        if address:
            self.addresses.append(address)


def weigh(port: int, path: str, cookie: str = "") -> tuple[int, int, int]:
    """(requests, bytes of them all, bytes of the page alone), without headers, as gzip sends them."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    waiting, sizes = [path], {}
    while waiting:
        address = waiting.pop()
        parts = urlsplit(address)
        if address in sizes or parts.scheme or parts.netloc:
            continue
        connection.request("GET", address, headers={"Accept-Encoding": "gzip", "Cookie": cookie})
        answer = connection.getresponse()
        sent = answer.read()
        if answer.status != 200:
            raise SystemExit(f"GET {address} gave {answer.status}")
        sizes[address] = len(sent)
        text = (gzip.decompress(sent) if answer.getheader("Content-Encoding") == "gzip" else sent).decode()
        kind = answer.getheader("Content-Type", "")
        if kind.startswith("text/html"):
            found = Loaded(text).addresses
        elif kind.startswith("text/css"):
            found = re.findall(r"url\([\"']?([^\"')]+)", text)
        else:
            found = []
        waiting += [urljoin(address, each) for each in found]
    connection.close()
    return len(sizes), sum(sizes.values()), sizes[path]
