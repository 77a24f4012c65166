"""Two machines, PostgreSQL with a replica and nginx, each on a host of its own; each is killed or cut off while people work."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.support import hosts_apart, postgres
from tests.support.installation_apart import Installation, Machine, wait_for
from tests.support.pictures import photo
from tests.support.visitors_apart import Record, Visitor, begin
from tests.support.working_apart import Officer, Resident, Town, open_letter

RESIDENTS = 8
OFFICERS = ("amina", "dev")
# Within so many seconds of a cut or its mend a visitor may see an error.
HONEST_WITHIN = 10.0
TAKES_OVER_WITHIN = 10.0
# A machine that is killed while it gives an answer gives half of one: nothing before it can make a page of that.
CUT_SHORT_WITHIN = 1.0
WARMS_UP = 20.0
CUT_FOR = 14.0
SETTLES = 11.5
# Of each officer, after the last cut, until they have had every report open.
LOOKS = 5


@dataclass
class Cut:
    """One part that was killed or cut off, and when."""

    what: str
    began: float
    mended: float = 0.0
    taken_over_in: float | None = None

    def after(self, moment: float) -> float | None:
        """Seconds since its beginning or its mend, whichever was last; None before it."""
        last = max((each for each in (self.began, self.mended) if each and each <= moment), default=None)
        return None if last is None else moment - last


class Story:
    """What was done to the installation, one thing after the other."""

    def __init__(self, installation: Installation, record: Record) -> None:
        self.installation, self.record = installation, record
        self.cuts: list[Cut] = []

    def all(self) -> None:
        here = self.installation
        web_1, web_2 = here.machines
        self.cut("web host killed", lambda: self.idle().kill(), lambda: self.dead().start())
        self.cut("web host cut off (cable)", self.unplug(self.idle), self.plug_in)
        with self.taking_over():
            self.cut("worker's host killed", lambda: self.at_work().kill(), lambda: self.dead().start())
        with self.taking_over():
            self.cut("worker's host cut off (silent)", self.silence(self.at_work), self.speak)
        self.cut("replica killed", here.replica.kill, here.replica.start)
        self.cut("replica cut off (silent)", here.replica.host.drop, here.replica.host.let_through)
        self.cut("primary restarted", here.primary.restart, lambda: None)
        self.cut(
            "primary cut off from one host (silent)",
            lambda: web_1.host.drop(here.primary.host),
            web_1.host.let_through,
        )
        self.cut(
            "nginx cut off from one host (silent)",
            lambda: here.front.host.drop(web_2.host),
            here.front.host.let_through,
        )

    def cut(self, what: str, begin: Callable[[], None], mend: Callable[[], None]) -> None:
        cut = Cut(what, time.monotonic())
        self.cuts.append(cut)
        begin()
        self.during(cut)
        mend()
        cut.mended = time.monotonic()
        wait_for(lambda: all(machine.answers() for machine in self.installation.machines), 30.0, f"after: {what}")
        time.sleep(SETTLES)
        tell(self.record, cut)
        wait_for(self.installation.is_replicated, 30.0, f"the replica does not follow after: {what}")

    def during(self, cut: Cut) -> None:
        time.sleep(CUT_FOR)

    @contextmanager
    def taking_over(self) -> Iterator[None]:
        """The other machine's worker is to have the lead within seconds."""
        before = self.at_work()
        waiting = self.installation.other(before)
        wait_for(lambda: self.installation.is_waiting(waiting), 60.0, f"no worker waits on {waiting.host.name}")

        def until_taken_over(cut: Cut) -> None:
            other = self.installation.other(before)
            is_other = lambda: self.installation.at_work() is other  # noqa: E731
            cut.taken_over_in = wait_for(is_other, CUT_FOR + 30, f"nobody took over after: {cut.what}")
            time.sleep(max(0.0, cut.began + CUT_FOR - time.monotonic()))

        usual, self.during = self.during, until_taken_over  # type: ignore[method-assign]
        yield
        self.during = usual  # type: ignore[method-assign]

    def at_work(self) -> Machine:
        wait_for(lambda: self.installation.at_work() is not None, 30.0, "no worker is at work")
        found = self.installation.at_work()
        assert found
        return found

    def idle(self) -> Machine:
        return self.installation.other(self.at_work())

    def dead(self) -> Machine:
        (found,) = [one for one in self.installation.machines if one.process and one.process.poll() is not None]
        return found

    def unplug(self, whom: Callable[[], Machine]) -> Callable[[], None]:
        def unplug() -> None:
            self.unplugged = whom()
            self.installation.network.unplug(self.unplugged.host)

        return unplug

    def plug_in(self) -> None:
        self.installation.network.plug_in(self.unplugged.host)

    def silence(self, whom: Callable[[], Machine]) -> Callable[[], None]:
        def silence() -> None:
            self.silenced = whom()
            self.silenced.host.drop()

        return silence

    def speak(self) -> None:
        self.silenced.host.let_through()


@pytest.fixture
def installation() -> Iterator[Installation]:
    programs = postgres.newest_programs()
    if programs is None:
        pytest.skip(postgres.HINT)
    if reason := hosts_apart.why_not():
        pytest.skip(reason)
    with hosts_apart.hosts_apart("web-1", "web-2", "db", "replica", "nginx", "visitors") as (network, _folder):
        found = Installation(network, programs)
        found.start()
        yield found
    found.end()


@pytest.mark.long
def test_whatever_part_is_killed_or_cut_off_every_receipt_opens_and_errors_last_seconds(
    installation: Installation,
) -> None:
    record, town, is_over = Record(), Town(), threading.Event()
    picture = photo((800, 600))
    host = installation.front.host.address
    before = counts(installation)

    def visitor(who: str) -> Visitor:
        return Visitor(who, host, record, random.Random(who), is_over)

    accounts = {one["name"]: one for one in accounts_of(installation.machines[0].data)["officers"]}
    officers = [Officer(visitor(name), town, accounts[name]) for name in OFFICERS]
    residents = [Resident(visitor(f"resident-{number}"), town, picture) for number in range(RESIDENTS)]
    visitors_host = installation.network.hosts["visitors"]
    threads = [begin(one.visitor, visitors_host, one.live) for one in residents]
    threads += [begin(one.visitor, visitors_host, partial(at_work, one)) for one in officers]
    threads.append(threading.Thread(target=lambda: publish(installation, is_over)))
    threads[-1].start()
    story = Story(installation, record)
    try:
        time.sleep(WARMS_UP)
        story.all()
    finally:
        is_over.set()
        for thread in threads:
            thread.join(120)
    say(
        f"{len(record.answers)} requests, {len(record.errors)} errors, {len(town.letters)} reports,"
        f" {sum(town.photos.values())} photos opened, {town.surveys_sent} surveys, {len(record.astray)} astray"
    )
    for line in (*record.astray, *town.lost):
        say(line)
    assert record.astray == []
    nothing_is_lost(installation, town, visitor("afterwards"), officers, before)
    strange = [one for one in record.errors if one.strange]
    assert [
        one for one in strange if not (one.is_cut_short and nearest(story.cuts, one.ended) < CUT_SHORT_WITHIN)
    ] == []
    assert [one for one in record.errors if nearest(story.cuts, one.ended) > HONEST_WITHIN] == []
    assert [cut for cut in story.cuts if cut.taken_over_in and cut.taken_over_in > TAKES_OVER_WITHIN] == []


def publish(installation: Installation, is_over: threading.Event) -> None:
    """Every second, or public pages would come from memory whatever becomes of the replica."""
    while not is_over.wait(1.0):
        installation.publish()


def at_work(officer: Officer) -> None:
    if not officer.is_in:
        officer.come_to_work(time.time())
    if officer.is_in:
        officer.look()
    officer.visitor.think(2.0)


def nothing_is_lost(
    installation: Installation, town: Town, visitor: Visitor, officers: list[Officer], before: dict[str, int]
) -> None:
    """Every receipt opens what was sent with it, once; no row is there that nobody was told of, and no report is half there."""

    def look() -> None:
        for letter in town.letters.values():
            visitor.come_from_elsewhere()
            town.lost += open_letter(visitor, letter)
        for officer in officers:
            officer.visitor.is_over = threading.Event()
        for officer in officers * LOOKS:
            if set(town.letters) <= seen():
                break
            officer.look()

    def seen() -> set[str]:
        """What officers have had open."""
        return set().union(*(one.known.values() for one in officers)) - {""}

    installation.network.hosts["visitors"].within(look)
    assert town.lost == []
    photos = sum(letter.has_photo for letter in town.letters.values())
    after = counts(installation)
    added = {what: after[what] - before[what] for what in after}
    assert added["reports"] == len(town.letters)
    assert added["answers"] == town.surveys_sent
    assert added["photos"] == photos
    assert added["whole reports"] == added["reports"]
    assert len(town.photos) == 1, town.photos
    assert seen() == set(town.letters)
    installation.machines[0].command("audit", "verify")


def counts(installation: Installation) -> dict[str, int]:
    ask = installation.primary.ask
    whole = (
        "SELECT count(*) FROM report r WHERE 3 <= (SELECT count(*) FROM report_part p WHERE p.report_id = r.id)"
        " AND EXISTS (SELECT FROM key_grant g WHERE g.content_id = r.id)"
        " AND EXISTS (SELECT FROM key_grant g WHERE g.content_id = r.conversation_id)"
        " AND EXISTS (SELECT FROM clock c WHERE c.report_id = r.id)"
    )
    return {
        "reports": ask("SELECT count(*) FROM report"),
        "whole reports": ask(whole),
        "answers": ask("SELECT count(*) FROM survey_response"),
        "photos": ask("SELECT count(*) FROM evidence_file WHERE report_id IS NOT NULL"),
    }


def accounts_of(data: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads((data / "secrets" / "demonstration.json").read_text())
    return found


def nearest(cuts: list[Cut], moment: float) -> float:
    """Seconds since the last cut or mend."""
    return min((seconds for cut in cuts if (seconds := cut.after(moment)) is not None), default=float("inf"))


def tell(record: Record, cut: Cut) -> None:
    """A line of the table in docs/many-machines.md, and each error beneath it."""
    mine = [one for one in record.answers if cut.began <= one.ended]
    errors = [one for one in mine if one.is_error]
    during = [one.ended - cut.began for one in errors if one.ended < cut.mended]
    after = [one.ended - cut.mended for one in errors if one.ended >= cut.mended]
    longest = max((one.ended - one.began for one in mine), default=0.0)
    over = f", taken over in {cut.taken_over_in:.1f} s" if cut.taken_over_in is not None else ""
    say(
        f"{cut.what}: {len(mine)} requests; {len(during)} errors, the last after {max(during, default=0):.1f} s;"
        f" {len(after)} errors, the last {max(after, default=0):.1f} s after the mend; longest wait {longest:.1f} s{over}"
    )
    for one in errors:
        say(
            f"    {one.ended - cut.began:.1f} s, waited {one.ended - one.began:.1f} s: {one.who} {one.what} {one.status} {one.strange}"
        )


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (pytest -s)
