"""The lines that the case itself adds to its timeline: what was told and written, what was decided, what was promised."""

from __future__ import annotations

from flask_babel import gettext as _

from portal import audit
from portal.audit import Action
from portal.languages.i18n import isolated, long_day
from portal.reporting import deletions, hand_overs
from portal.reporting.case import OpenReport
from portal.reporting.decisions import Step, decisions_of
from portal.reporting.models import Author
from portal.reporting.notes import Note, NoteKind
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.promises import clocks_of
from portal.staff.action_words import action_words
from portal.staff.clock_words import promise_in_words
from portal.staff.colleagues import display_names, names_of
from portal.staff.forms import JUDGED, STATES, source_in_words
from portal.staff.panels.closing_ends import ended_parts
from portal.staff.panels.meanwhile import message_anchor
from portal.staff.panels.timeline_entry import TimelineEntry, beginning

LOOKS = (Action.OPENED_REPORT,)
# What has a line of its own, with more in it than that somebody did it.
TOLD_ELSEWHERE = (
    Action.WROTE_MESSAGE,
    Action.WROTE_NOTE,
    Action.CHANGED_OWNER,
    Action.ADDED_TASK,
    Action.CHANGED_TASK,
    Action.PLACED_HOLD,
    Action.ENDED_HOLD,
)
MOST_ACTS = 2000


def told(found: OpenReport) -> list[TimelineEntry]:
    """The report, every message, and whom its reporter chose."""
    report = found.report
    came = source_in_words(report.source, found.answers.get("taken"))
    lines = [
        TimelineEntry(
            report.received_on, came or _("The report came in"), href="#what", quote=beginning(found.narrative)
        )
    ]
    for message in found.messages:
        is_ours = message.author is Author.OFFICER
        words = _("Wrote to the reporter") if is_ours else _("The reporter wrote")
        if message.again is not None:
            words = _("The reporter told that it happened again")
        text = message.text if message.text is not None else _("This message cannot be read.")
        href = message_anchor(message.id)
        lines.append(TimelineEntry(message.sent_on, words, message.by if is_ours else "", href, quote=beginning(text)))
    lines += [
        TimelineEntry(
            choice.on,
            _("The reporter chose whom we may tell (version %(version)s of the words)", version=choice.text),
            href="#consents",
        )
        for choice in found.partners.choices
    ]
    lines += [
        TimelineEntry(
            passed.on,
            _("Passed to %(partner)s", partner=agency_in_words(passed.agency)),
            href="#consents",
            quote=beginning(passed.why),
        )
        for passed in found.partners.passed_on
    ]
    return lines


def sent_to_desks(found: OpenReport) -> list[TimelineEntry]:
    sent = hand_overs.handed_over(found.report.id, found.conversation.key)
    return [
        TimelineEntry(each.sent_on, _("Sent to another desk"), href="#handed-over", quote=str(each.number))
        for each in sent
        if each.sent_on
    ]


def decided(found: OpenReport) -> list[TimelineEntry]:
    """Notes, hand-overs, states and judgements; one that is damaged has no day and is counted on the notes."""
    return [
        TimelineEntry.of_moment(note.at, _decided_in_words(note), note.by, _where(note), beginning(note.text or ""))
        for note in found.notes
        if note.at
    ]


def _decided_in_words(note: Note) -> str:
    match note.kind:
        case NoteKind.NOTE:
            return _("Wrote a note")
        case NoteKind.STATE:
            return _("Changed the state to: %(state)s", state=STATES.get(note.to, note.to))
        case NoteKind.JUDGEMENT:
            return str(JUDGED.get(note.to, note.to))
        case NoteKind.HOLD:
            return _("Kept under a legal hold")
        case NoteKind.HOLD_ENDED:
            return _("Ended the legal hold")
        case NoteKind.HAND_OVER if not note.to_id:
            return _("Put the case back: nobody owns it")
        case NoteKind.HAND_OVER if note.to == note.by:
            return _("Took the case")
        case NoteKind.HAND_OVER:
            return _("Handed the case to %(owner)s", owner=note.to)


def _where(note: Note) -> str:
    return {
        NoteKind.NOTE: f"#n-{note.id}",
        NoteKind.JUDGEMENT: "#judgement",
        NoteKind.STATE: "#next",
        NoteKind.HOLD: "#hold",
        NoteKind.HOLD_ENDED: "#hold",
    }.get(note.kind, "#owner")


def planned(found: OpenReport) -> list[TimelineEntry]:
    """Tasks, when they were written down and when they were done or should have been."""
    names = names_of(task.owner_id for task in found.tasks)
    lines = []
    for task in found.tasks:
        quote = beginning(task.text or "")
        if task.added_on:
            whose = _(
                "Task for %(name)s, by %(day)s", name=isolated(names.get(task.owner_id, "")), day=long_day(task.due_on)
            )
            lines.append(TimelineEntry(task.added_on, whose, task.by, "#tasks", quote=quote))
        if task.done_on:
            what = _("Task ended by closing the report, not done") if task.is_ended else _("Task done")
            lines.append(TimelineEntry(task.done_on, what, task.done_by, "#tasks", quote=quote))
        if task.is_overdue:
            lines.append(TimelineEntry(task.due_on, _("Task not done by this day"), "", "#tasks", None, quote, True))
    return lines


def parts_ended(found: OpenReport) -> list[TimelineEntry]:
    """The parts of partners that ended when the report was closed."""
    closings = [
        each for each in decisions_of(found.report.id, found.key) if each.step is Step.CLOSED and each.partner_choices
    ]
    return [
        TimelineEntry(
            closing.on, _("Part of a partner ended by closing the report: %(partner)s", partner=partner), closing.by,
            "#referrals",
        )
        for closing in closings
        for partner in ended_parts(found, closing.partner_choices)
    ]  # fmt: skip


def promised(found: OpenReport) -> list[TimelineEntry]:
    """Clocks that were met, missed, or wait for the reporter."""
    lines = []
    for one in clocks_of(found.report.id):
        what = promise_in_words(one)
        if one.is_missed:
            missed = _("Promise not kept by this day: %(what)s", what=what)
            lines.append(TimelineEntry(one.due_on, missed, href="#clocks", is_late=True))
        if one.met_on:
            late, in_time = _("Promise kept late: %(what)s", what=what), _("Promise kept in time: %(what)s", what=what)
            lines.append(TimelineEntry(one.met_on, late if one.is_missed else in_time, href="#clocks"))
        elif one.paused_on and one.is_paused:
            paused = _("The clock waits for the reporter: %(what)s", what=what)
            lines.append(TimelineEntry(one.paused_on, paused, href="#clocks"))
    return lines


def deletion_asked(found: OpenReport) -> list[TimelineEntry]:
    deletion = deletions.find_deletion(found.report.id)
    if deletion is None:
        return []
    return [TimelineEntry(deletion.asked_on, _("The reporter asked to have it deleted"))]


def recorded(found: OpenReport) -> list[TimelineEntry]:
    """Acts of which nothing but the record of staff's acts tells: who did what, when.

    States and judgements of before they were kept whole stand there too: as many of the oldest as were not.
    """
    entries = audit.entries_about(str(found.report.id), MOST_ACTS, but=(*LOOKS, *TOLD_ELSEWHERE))
    words = action_words()
    kept = {
        Action.CHANGED_STATE: sum(note.kind is NoteKind.STATE for note in found.notes),
        Action.JUDGED_RISK: sum(note.kind is NoteKind.JUDGEMENT for note in found.notes),
    }
    names = display_names(entry.actor for entry in entries)
    lines = []
    for entry in entries:  # the newest first
        if kept.get(entry.action, 0):
            kept[entry.action] -= 1
        elif entry.action in words:
            who = isolated(names.get(entry.actor, entry.actor))
            lines.append(TimelineEntry.of_moment(entry.at, f"{who}: {words[entry.action]}"))
    return lines
