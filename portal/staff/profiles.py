"""Problem profiles: staff write what a problem is about, see what is counted of it, freeze it and print it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit
from portal.audit import Action
from portal.db import LOCAL_TIME, random_id, session, today, transaction
from portal.languages.i18n import month_name
from portal.profiles import services
from portal.profiles.activities import activities_for
from portal.profiles.services import ChangedMeanwhile
from portal.reporting.figures import report_figures
from portal.small_counts import month_after, months_from
from portal.staff.access import blueprint, officer, only
from portal.staff.figure_words import span_in_words
from portal.staff.profile_document import profile_document
from portal.staff.profile_forms import AgainForm, ProfileForm, SeenForm, month_choices
from portal.staff.profile_tabs import READS, WRITES, profile_tabs
from portal.staff.profile_words import STATES, area_words, areas, days_words, priority_choices, scope_words
from portal.staff.spans import Span
from portal.web import errors

ONE = "/profiles/<uuid:profile_id>"
VERSION = f"{ONE}/<int:number>"


@blueprint.get("/profiles", endpoint="profiles")
@only(*READS)
def profile_list() -> str:
    """The one that was changed last stands first."""
    return render_template(
        "staff/profiles.html",
        tab_links=profile_tabs("profiles"),
        profiles=[
            (versions, services.content_of(versions[0]), span_in_words(Span(versions[0].first, versions[0].last)))
            for versions in services.all_profiles()
        ],
        scope_words=scope_words,
        may_write=officer().may(*WRITES),
    )


@blueprint.route("/profiles/new", methods=["GET", "POST"], endpoint="new_profile")
@only(*WRITES)
def new_profile() -> AnyResponse | str:
    """Begin one; where no month is over yet there is nothing to count."""
    return _write(None)


@blueprint.route(f"{ONE}/words", methods=["GET", "POST"], endpoint="write_profile")
@only(*WRITES)
def write_profile(profile_id: uuid.UUID) -> AnyResponse | str:
    """Change a draft."""
    versions = _versions(profile_id)
    if versions[0].is_frozen:
        return _frozen_meanwhile(profile_id)
    return _write(versions[0])


def _write(draft: Any) -> AnyResponse | str:
    figures = report_figures()
    months = list(months_from(figures.first, figures.last)) if figures.first else []
    seen = services.edition_of([draft]) if draft else services.NEW
    if draft:
        filled = ProfileForm.filled(services.content_of(draft))
        months = sorted({*months, draft.first, draft.last})
    else:
        start = max(months[0], month_after(figures.last, -11)) if months else figures.last
        filled = {"first": f"{start:%Y-%m}", "last": f"{figures.last:%Y-%m}", "profile_id": str(random_id())}
    form = ProfileForm(data=filled | {"seen": seen})
    offered = areas()
    if draft and draft.place_group not in offered:
        offered[draft.place_group] = area_words(draft.place_group)
    form.offer(offered, month_choices(reversed(months), month_name), priority_choices())
    if months and form.validate_on_submit():
        profile_id = draft.profile_id if draft else form.new_id
        try:
            with transaction() as db:
                services.write_profile(db, profile_id, form.seen.data or "", form.content, officer().display_name)
                audit.record(db, officer().staff.name, Action.WROTE_PROFILE, str(profile_id))
        except ChangedMeanwhile:
            session.expire_all()
            now = services.versions_of(profile_id)
            if draft is None or now[0].is_frozen:
                return redirect(url_for(".profile", profile_id=profile_id), 303)
            form.seen.data = services.edition_of(now)
            form.title.errors = [_("A colleague has changed it meanwhile. Look at theirs in another window, then send yours again.")]  # fmt: skip
        else:
            return redirect(url_for(".profile", profile_id=profile_id), 303)
    return render_template("staff/profile_form.html", form=form, draft=draft, can_count=bool(months))


def _versions(profile_id: uuid.UUID) -> list[Any]:
    return services.versions_of(profile_id) or abort(404)


def _frozen_meanwhile(profile_id: uuid.UUID) -> AnyResponse:
    return errors.page(
        409,
        _("It is frozen already"),
        _("What is frozen does not change. Begin a new version, and say why."),
        ways_on=[(_("Problem profiles"), url_for(".profile", profile_id=profile_id))],
    )


@blueprint.get(ONE, endpoint="profile")
@only(*READS)
def profile(profile_id: uuid.UUID) -> AnyResponse | str:
    """The draft with the figures of today; a frozen profile leads to its page."""
    versions = _versions(profile_id)
    if versions[0].is_frozen:
        return redirect(url_for(".frozen_profile", profile_id=profile_id, number=versions[0].number), 303)
    return _draft_page(versions)


def _document(versions: list[Any]) -> dict[str, Any]:
    draft = versions[0]
    return profile_document(
        services.content_of(draft), report_figures(), activities_for(draft.profile_id),
        officer().display_name, today(), draft.number,
    )  # fmt: skip


def _draft_page(versions: list[Any], *, changed: bool = False) -> str:
    return _page(versions, versions[0], _document(versions), changed=changed)


def _page(versions: list[Any], shown: Any, document: dict[str, Any], **more: Any) -> str:
    return render_template(
        "staff/profile.html",
        profile=shown,
        versions=versions,
        document=document,
        planned=activities_for(shown.profile_id),
        states=STATES,
        days_words=days_words,
        form=SeenForm(formdata=None, seen=services.edition_of(versions)),
        may_write=officer().may(*WRITES),
        **{"changed": False, "again": None, **more},
    )


@blueprint.post(f"{ONE}/freeze", endpoint="freeze_profile")
@only(*WRITES)
def freeze_profile(profile_id: uuid.UUID) -> AnyResponse | str:
    """Keep it as it is now, for good."""
    versions, form = _versions(profile_id), SeenForm()
    if versions[0].is_frozen:
        return redirect(url_for(".profile", profile_id=profile_id), 303)
    document = _document(versions)
    try:
        with transaction() as db:
            kept = services.freeze_profile(db, profile_id, form.seen.data or "", document, officer().display_name)
            audit.record(db, officer().staff.name, Action.FROZE_PROFILE, f"{profile_id} {kept.number}")
    except ChangedMeanwhile:
        session.expire_all()
        versions = _versions(profile_id)
        if not versions[0].is_frozen:
            return _draft_page(versions, changed=True)
    return redirect(url_for(".profile", profile_id=profile_id), 303)


def _frozen(profile_id: uuid.UUID, number: int) -> tuple[list[Any], Any]:
    versions = _versions(profile_id)
    return versions, next((one for one in versions if one.number == number and one.is_frozen), None) or abort(404)


@blueprint.get(VERSION, endpoint="frozen_profile")
@only(*READS)
def frozen_profile(profile_id: uuid.UUID, number: int) -> str:
    """Exactly what was frozen."""
    versions, found = _frozen(profile_id, number)
    may = versions[0].number == number and officer().may(*WRITES)
    form = AgainForm(formdata=None, seen=services.edition_of(versions)) if may else None
    return _frozen_page(versions, found, form)


def _frozen_page(versions: list[Any], found: Any, form: AgainForm | None) -> str:
    return _page(
        versions,
        found,
        services.read_document(found.document),
        again=form,
        frozen_on=found.frozen_at.astimezone(LOCAL_TIME).date(),
    )


@blueprint.post(f"{VERSION}/again", endpoint="begin_profile_again")
@only(*WRITES)
def begin_again(profile_id: uuid.UUID, number: int) -> AnyResponse | str:
    """A new version of a frozen profile, with a reason."""
    versions, found = _frozen(profile_id, number)
    form = AgainForm()
    if not form.validate_on_submit():
        return _frozen_page(versions, found, form)
    try:
        with transaction() as db:
            name, why = officer().display_name, form.reason.data or ""
            services.begin_again(db, profile_id, form.seen.data or "", why, name)
            audit.record(db, officer().staff.name, Action.WROTE_PROFILE, f"{profile_id} again")
    except ChangedMeanwhile:
        # Whoever was quicker has begun it.
        session.expire_all()
    return redirect(url_for(".profile", profile_id=profile_id), 303)


@blueprint.get(f"{VERSION}/profile.json", endpoint="profile_file")
@only(*READS)
def profile_file(profile_id: uuid.UUID, number: int) -> AnyResponse:
    """The document itself: of one version always the same bytes."""
    _versions_now, found = _frozen(profile_id, number)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_PROFILE, f"{profile_id} {number}")
    name = f"problem-profile-{profile_id}-{number}.json"
    return Response(
        found.document.encode(),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
