"""Open data: everything that is published as files at addresses that stay, and a page that says what they hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from portal.cohesion import data_rows, data_tables, datasets, services
from portal.cohesion.activity import kept_quarters
from portal.cohesion.activity_rows import COLUMNS, activity_rows
from portal.cohesion.data_rows import Beside
from portal.cohesion.data_tables import MARKS, TABLES, WHICH, find_table, languages_of
from portal.cohesion.datasets import DATASETS, name_of
from portal.cohesion.models import ReleaseState
from portal.cohesion.release_history import Standing, Version, last_change, public_history
from portal.cohesion.wording import file_name, reason_words, survey_title
from portal.config import settings
from portal.languages.i18n import ENGLISH, language_of, month_name, speaking
from portal.partnership.file import FILE_NAME, current_partnership
from portal.text import as_csv
from portal.web import errors
from portal.web.caching import public

blueprint = Blueprint("open_data", __name__)

# So many waves stand on the page; all of them are in the table of releases.
MOST_WAVES = 40
# What tables and metadata are made by: a newer program may write them otherwise.
_PROGRAM = max(Path(str(module.__file__)).stat().st_mtime for module in (data_rows, data_tables, datasets))


@blueprint.get("/cohesion/data")
@public
def page() -> str:
    versions = public_history()
    waves: dict[tuple[str, int], list[Version]] = {}
    for one in versions:
        waves.setdefault((one.survey, one.wave["number"]), []).append(one)
    return render_template(
        "cohesion/data.html",
        datasets=DATASETS,
        tables=TABLES,
        which=WHICH,
        marks=MARKS,
        waves=list(waves.values())[:MOST_WAVES],
        has_more=len(waves) > MOST_WAVES,
        name_of=name_of,
        title_of=lambda one: survey_title(one.title),
        month_of=lambda one: month_name(date.fromisoformat(one.wave["closes_on"])),
        standing_words={
            Standing.CURRENT: _("Stands now."),
            Standing.REPLACED: _("Others took its place."),
            Standing.TAKEN_BACK: _("It was taken back."),
        },
        reason_words=reason_words(),
        newest=next((one for one in versions if one.is_current), None),
        file_name=file_name,
    )


@blueprint.get("/cohesion/data/catalogue.json")
@public
def catalogue() -> Response:
    """Everything there is, for programs: DCAT in JSON-LD."""
    versions = public_history()
    with speaking(language_of(ENGLISH)):
        found = datasets.catalogue(current_partnership(), versions, last_change(versions), _public_address)
    body = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    return _dated(Response(body, content_type="application/ld+json"), versions)


@blueprint.get("/cohesion/data/<name>.csv")
@public
def table(name: str) -> Response:
    """One kind of figure of all waves, as they stand now."""
    versions = public_history()
    return _table(name, versions, versions)


@blueprint.get("/cohesion/data/what-we-did.csv")
@public
def what_we_did() -> Response:
    """What was done, of every quarter that is public."""
    found = [one.document for one in kept_quarters().values() if one.is_public]
    rows = [[one["quarter"], *row] for one in found for row in activity_rows(one)]
    answer = Response(as_csv([["quarter", *COLUMNS], *rows]), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = 'attachment; filename="what-we-did.csv"'
    return answer


@blueprint.get("/cohesion/data/csv-metadata.json")
@public
def metadata() -> Response:
    """Where a program that is given a table looks for what its columns hold."""
    versions = public_history()
    return _metadata(versions, versions)


@blueprint.get("/cohesion/data/releases/<check_number>/<name>.csv")
@public
def release_table(check_number: str, name: str) -> Response:
    """One kind of figure of one release, at an address that never gives another's."""
    versions = public_history()
    chosen = [one for one in versions if one.hash == check_number]
    return _table(name, versions, chosen, f"{name_of(chosen[0])}-") if chosen else _gone(check_number)


@blueprint.get("/cohesion/data/releases/<check_number>/csv-metadata.json")
@public
def release_metadata(check_number: str) -> Response:
    versions = public_history()
    chosen = [one for one in versions if one.hash == check_number]
    return _metadata(versions, chosen) if chosen else _gone(check_number)


@blueprint.get("/cohesion/releases/<check_number>.json")
@public
def release_document(check_number: str) -> Response:
    """A release's document as it was frozen, to the byte: the SHA-256 of the file is the check number on the page."""
    release = services.find_document(check_number)
    if release is None or release.state is not ReleaseState.PUBLISHED:
        return _gone(check_number)
    answer = Response(release.document.encode(), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(check_number)}"'
    answer.last_modified = release.published_at
    return answer


def _gone(check_number: str) -> Response:
    """What is answered where a release is public no more; 404 where none ever was, as of a draft."""
    if services.find_document(check_number) is None:
        abort(404)
    return errors.page(
        410,
        _("These figures were taken back"),
        _("We took them back, or put others in their place."),
        ways_on=[(_("See the figures that stand now"), url_for("cohesion.figures"))],
    )


def _table(name: str, versions: Sequence[Version], chosen: Sequence[Version], before_name: str = "") -> Response:
    wanted = find_table(name) or abort(404)
    rows = wanted.table(chosen, Beside.of(versions), languages_of(chosen))
    answer = Response(as_csv(rows), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{before_name}{name}.csv"'
    return _dated(answer, versions)


def _metadata(versions: Sequence[Version], chosen: Sequence[Version]) -> Response:
    with speaking(language_of(ENGLISH)):
        body = datasets.metadata(current_partnership(), chosen, TABLES)
    return _dated(Response(body, content_type=datasets.CSVW), versions)


def _dated(answer: Response, versions: Sequence[Version]) -> Response:
    """With when it changed last: by a release, by the partnership's file, which says the licence, or by the program."""
    moments = [datetime.fromtimestamp(_PROGRAM, UTC)]
    file = settings().data / FILE_NAME
    if file.exists():
        moments.append(datetime.fromtimestamp(file.stat().st_mtime, UTC))
    if changed := last_change(versions):
        moments.append(changed)
    answer.last_modified = max(moments)
    return answer


def _public_address(endpoint: str, **values: Any) -> str:
    """As others open it, in no language: a file is the same in each."""
    return f"{settings().public_url}{url_for(endpoint, **values).removeprefix(request.script_root)}"
