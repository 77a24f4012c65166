"""A draft of figures is published, in place of others with a reason; and figures are taken back."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.cohesion import services
from portal.cohesion.finding_lists import count_showing
from portal.cohesion.lapsed import would_lapse
from portal.cohesion.models import Reason, ReleaseState
from portal.db import transaction
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.release_forms import ReplaceForm, WithdrawForm
from portal.staff.release_pages import as_public, figures_of, found_release, replaced_figures, shown
from portal.web.forms import Form


@blueprint.route("/figures/<uuid:release_id>/publish", methods=["GET", "POST"], endpoint="publish_release")
@only(Role.SURVEY_MANAGER)
def publish_release(release_id: uuid.UUID) -> Response | str:
    """Ask first. Where its state has changed meanwhile, or something blocks it, its own page says so."""
    found = found_release(release_id)
    said = shown(found)
    if found.state is not ReleaseState.DRAFT or said["conflicts"] or said["needs_second_person"]:
        return _back(release_id)
    public = services.published_of(found.wave_id)
    needs_reason = services.had_figures(found.wave_id)
    form = ReplaceForm(public.number if public else None) if needs_reason else Form()
    if form.validate_on_submit():
        # What happened meanwhile stands on the release's own page.
        with suppress(services.NotADraft, services.TellsTooMuch, services.NeedsSecondPerson, services.NeedsReason):
            _publish(release_id, form if isinstance(form, ReplaceForm) else None)
        return _back(release_id)
    compared = replaced_figures(found, public) if public else []
    said["pointed_at"] = count_showing(public.id) if public else 0
    said["would_lapse"] = would_lapse(services.read_document(found.document)) if public else 0
    said |= {"public": public, "compared": compared, "needs_reason": needs_reason}
    return render_template("staff/release_publish.html", form=form, **said)


def _publish(release_id: uuid.UUID, said: ReplaceForm | None) -> None:
    why = (Reason(said.reason.data), said.note.data, said.number) if said else ()
    with transaction() as db:
        name = officer().staff.name
        replaced = services.publish_release(db, release_id, name, *why)
        audit.record(db, name, Action.PUBLISHED_RELEASE, str(release_id))
        if replaced is not None:
            audit.record(db, name, Action.WITHDREW_RELEASE, str(replaced.id))


@blueprint.route("/figures/<uuid:release_id>/withdraw", methods=["GET", "POST"], endpoint="withdraw_release")
@only(Role.SURVEY_MANAGER)
def withdraw_release(release_id: uuid.UUID) -> Response | str:
    """Ask why, and whether the earlier figures of the wave come back."""
    found = found_release(release_id)
    if found.state is not ReleaseState.PUBLISHED:
        return _back(release_id)
    earlier = services.earlier_of(found)
    again = _("Release %(number)s again, which these took the place of", number=earlier.number) if earlier else ""
    form = WithdrawForm(again)
    if form.validate_on_submit():
        with suppress(services.NotPublished), transaction() as db:
            name = officer().staff.name
            back = services.withdraw_release(db, release_id, form.note.data, shows_earlier=form.shows_earlier)
            audit.record(db, name, Action.WITHDREW_RELEASE, str(release_id))
            if back is not None:
                audit.record(db, name, Action.PUBLISHED_RELEASE, str(back.id))
        return _back(release_id)
    before = figures_of(as_public(earlier)) if earlier else []
    return render_template(
        "staff/release_withdraw.html", form=form, earlier=earlier, before_figures=before, **shown(found)
    )


def _back(release_id: uuid.UUID) -> Response:
    return redirect(url_for(".release", release_id=release_id), 303)
