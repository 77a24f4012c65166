"""A page of a survey answered again and again by several residents, beside a bare route that takes the same form."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from tests.bench import journeys, wrk

RESIDENTS = 8
SURVEY = "/surveys/community-safety"
ANSWER = {"answer_satisfied": "fairly_satisfied"}


def answered(port: int, bare: int, seconds: int, rounds: int, folder: Path) -> tuple[wrk.Load, wrk.Load]:
    """Forms sent to the survey's first page and to the bare route, in turns; the best of each."""
    forms = [_begun(port) for _ in range(RESIDENTS)]
    script = folder / "answer.lua"
    script.write_text(_script(forms), encoding="ascii")
    page, route = f"http://127.0.0.1:{port}{SURVEY}/1", f"http://127.0.0.1:{bare}/answer"
    turns = [tuple(wrk.press(url, seconds, script=script) for url in (page, route)) for _ in range(rounds)]
    ours, others = zip(*turns, strict=True)
    return wrk.best(list(ours)), wrk.best(list(others))


def _begun(port: int) -> tuple[str, str]:
    """Someone who has pressed Start: their cookie, and the first page's form as they answer it."""
    resident = journeys.Resident(port)
    resident.get(SURVEY)
    resident.post(SURVEY, f"{SURVEY}/1")
    resident.get(f"{SURVEY}/1")
    token = journeys.TOKEN.search(resident.page)
    if token is None:
        raise journeys.Astray(f"no form on {SURVEY}/1")
    form = urlencode({"csrf_token": token[1].decode()} | ANSWER)
    resident.post(f"{SURVEY}/1", f"{SURVEY}/2", **ANSWER)
    return resident.cookie, form


def _script(forms: list[tuple[str, str]]) -> str:
    """For wrk, in Lua: each request is the next resident's; whatever is not a way on to another page is counted as a failure."""
    residents = ",\n".join(f'{{cookie = "{cookie}", form = "{form}"}}' for cookie, form in forms)
    return f"""
local residents = {{{residents}}}
local turn = 0
function request()
  turn = turn % #residents + 1
  local headers = {{["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = residents[turn].cookie}}
  return wrk.format("POST", nil, headers, residents[turn].form)
end
function response(status)
  if status ~= 303 then wrk.thread:stop() end
end
"""
