"""Residents who report: each a process with one kept connection, who opens every page and sends every form."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from urllib.parse import urlencode

CLIENTS = 4
WORDS = "Somebody broke the lamps in the underpass again. It is dark and I go another way."
ANSWERS = {
    "/report/1": {"kind": "asb"},
    "/report/2": {"group": "noise"},
    "/report/3": {"types": "noise_home"},
    "/report/files": {"narrative": WORDS},
    "/report/5": {"when": "keeps_happening"},
    "/report/6": {"place": "not_sure", "street": "The underpass by the shops"},
    "/report/7": {"risk": "no", "finish": "1"},
}
TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
RECEIPT = re.compile(rb'class="app-receipt__digits">(.*?)</bdi>', re.DOTALL)


class Astray(Exception):
    """A page was not the one that should come next."""


class Resident:
    """A browser's part of the talk: the cookie, the token of the form on the page, the way a redirect points."""

    def __init__(self, port: int, home: str = "127.0.0.1") -> None:
        """`home` is the address they come from: each has a limit of its own."""
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=(home, 0))
        self.cookie = ""
        self.page = b""
        self.times: list[float] = []
        self.photo_times: list[float] = []

    def get(self, path: str) -> bytes:
        status, _ = self._ask("GET", path)
        if status != 200:
            raise Astray(f"GET {path} gave {status}")
        return self.page

    def post(self, path: str, to: str, **fields: str) -> None:
        """Send the form that is on the page; it must lead to `to`."""
        token = TOKEN.search(self.page)
        if token is None:
            raise Astray(f"no form on the page before POST {path}")
        status, location = self._ask("POST", path, urlencode({"csrf_token": token[1].decode()} | fields))
        if status != 303 or location.partition("#")[0] != to:
            raise Astray(f"POST {path} gave {status} {location}")

    def add_photo(self, photo: bytes) -> None:
        """Choose it on the page for files and go on."""
        path = "/report/files?change=1"
        self.get(path)
        token = TOKEN.search(self.page)
        if token is None:
            raise Astray("no form on the page for files")
        boundary = "----------------------bench"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1].decode()}\r\n'
        words = f'--{boundary}\r\nContent-Disposition: form-data; name="narrative"\r\n\r\n{WORDS}\r\n'
        file = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
        form = (head + words + file).encode() + photo + f"\r\n--{boundary}--\r\n".encode()
        status, location = self._ask("POST", path, form, f"multipart/form-data; boundary={boundary}")
        self.photo_times.append(self.times.pop())
        if (status, location) != (303, "/report/check"):
            raise Astray(f"the photo gave {status} {location}")

    def report(self, photo: bytes = b"") -> str:
        """The whole way, from the safety gate to "I have saved the number"; gives the receipt's digits."""
        self.begin()
        return self.finish(photo)

    def begin(self) -> None:
        self.cookie = ""
        self.get("/report")
        self.post("/report", "/report/1")

    def finish(self, photo: bytes = b"") -> str:
        """Answer what is asked, send, and say that the number is saved; gives the receipt's digits."""
        for (path, answer), following in zip(ANSWERS.items(), [*list(ANSWERS)[1:], "/report/check"], strict=True):
            self.get(path)
            self.post(path, following, **answer)
        if photo:
            self.add_photo(photo)
        self.get("/report/check")
        self.post("/report/check", "/report/sent", open_words="y")
        receipt = self.shown_receipt()
        self.post("/report/sent", "/report/saved")
        self.get("/report/saved")
        return receipt

    def shown_receipt(self) -> str:
        """The digits on the page after sending."""
        shown = RECEIPT.search(self.get("/report/sent"))
        if shown is None:
            raise Astray("no receipt on /report/sent")
        return re.sub(rb"<[^>]*>|\s", b"", shown[1]).decode()

    def come_back(self, digits: str) -> bool:
        """Whether the receipt opens the report, with the words that were written."""
        self.get("/return")
        self.post("/return", "/return/report", receipt=digits)
        return WORDS.encode() in self.get("/return/report")

    def _ask(
        self,
        method: str,
        path: str,
        form: str | bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> tuple[int, str]:
        headers = {"Content-Type": kind} if form is not None else {}
        if self.cookie:
            headers["Cookie"] = self.cookie
        began = time.perf_counter()
        self.connection.request(method, path, form, headers)
        answer = self.connection.getresponse()
        self.page = answer.read()
        self.times.append(time.perf_counter() - began)
        given = answer.getheader("Set-Cookie")
        if given:
            self.cookie = given.partition(";")[0]
        return answer.status, answer.getheader("Location", "")


@dataclass
class Walked:
    """What residents did and saw: receipts they were given, seconds of each request, what went wrong.

    `processor` is what they used of it themselves: where that is much, the portal had less than the machine.
    """

    receipts: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    photo_times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0


def walk(port: int, seconds: float, photo: bytes = b"") -> Walked:
    """Reports without a pause from four residents at once; a journey that was begun is finished."""
    starts_at = time.time() + 1.5
    with get_context("spawn").Pool(CLIENTS) as residents:
        homes = [f"127.0.0.{2 + number}" for number in range(CLIENTS)]
        walks = residents.starmap(_walk_alone, [(port, home, starts_at, seconds, photo) for home in homes])
    return Walked(
        [receipt for one in walks for receipt in one.receipts],
        sorted(taken for one in walks for taken in one.times),
        sorted(taken for one in walks for taken in one.photo_times),
        [failure for one in walks for failure in one.failures],
        max(one.seconds for one in walks),
        sum(one.processor for one in walks),
    )


def _walk_alone(port: int, home: str, starts_at: float, seconds: float, photo: bytes) -> Walked:
    walked = Walked()
    resident = Resident(port, home)
    time.sleep(max(0.0, starts_at - time.time()))
    used_before = time.process_time()
    while time.time() < starts_at + seconds:
        try:
            walked.receipts.append(resident.report(photo))
        except (Astray, HTTPException, OSError) as problem:
            walked.failures.append(str(problem) or type(problem).__name__)
            resident.connection.close()
    walked.times, walked.photo_times = resident.times, resident.photo_times
    walked.seconds = time.time() - starts_at
    walked.processor = time.process_time() - used_before
    return walked
