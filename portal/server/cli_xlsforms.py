"""The commands that write a questionnaire as an XLSForm and read one: what has no counterpart is said line by line."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import NoReturn

import click

from portal.server.cli_keys import open_app
from portal.server.cli_surveys import survey_group
from portal.surveys.definition import Instrument, thaw
from portal.surveys.reading import DefinitionError, definition_files, read_definition
from portal.surveys.versions import document_of, published_versions
from portal.surveys.wording import age_words
from portal.surveys.xlsform_file import judged
from portal.surveys.xlsform_opening import NotAnXlsForm, open_xlsform
from portal.surveys.xlsform_reading import read_xlsform
from portal.surveys.xlsform_writing import write_xlsform, xlsform_of

TO = click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it; it must not exist yet."
)


@survey_group.command(name="to-xlsform")
@click.argument("code")
@click.option("--version", type=int, help="A published version by its number; else the file in surveys/ as it is now.")
@TO
def to_xlsform(code: str, version: int | None, to: Path | None) -> None:
    """Write the questionnaire CODE as an XLSForm (CODE.xlsx) for ODK, KoboToolbox or Ona; this opens the database.

    Says by row what an XLSForm cannot hold. The same stands in the sheet "notes", which other programs pass over.
    """
    target = to or Path(f"{code}.xlsx")
    _must_be_new(target)
    app = open_app()
    with app.app_context():
        form = xlsform_of(_instrument(code, version), version)
    made = io.BytesIO()
    write_xlsform(made, form)
    target.write_bytes(made.getvalue())
    for note in form.notes:
        click.echo(f"{target}: {note}.")
    click.echo(f"{target}: written. Look at what it cannot hold, above.")


def _instrument(code: str, version: int | None) -> Instrument:
    if version is not None:
        found = next((one for one in published_versions(code) if one.number == version), None)
        if found is None:
            _stop(f"{code} has no version {version} that was published; leave --version out for the file.")
        return thaw(found.document)
    path = next((path for path in definition_files() if path.stem == code), None)
    if path is None:
        _stop(f"surveys/{code}.toml is not there; name one of: {', '.join(one.stem for one in definition_files())}.")
    try:
        return thaw(document_of(read_definition(path), age_words()))
    except DefinitionError as problem:
        _stop(str(problem))


@survey_group.command(name="from-xlsform")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@TO
def from_xlsform(file: Path, to: Path | None) -> None:
    """Make a questionnaire of the XLSForm FILE (.xlsx), named after its form_id; needs the extra `xlsform`.

    Says by row what was made otherwise than the form has it, then what `portal survey check` says of it. The exit code is 1
    where nothing could be made or the questionnaire has a mistake; it is written all the same, to be mended.
    """
    try:
        content = file.read_bytes()
    except OSError:
        _stop(f"{file} cannot be read; put the file there or mend its permissions.")
    try:
        made = read_xlsform(open_xlsform(content), file.stem)
    except NotAnXlsForm as problem:
        _stop(f"{file}: {problem}.")
    target = to or Path(f"{made.code}.toml")
    _must_be_new(target)
    target.write_text(made.text, encoding="utf-8")
    for finding in made.findings:
        click.echo(f"{file}: {finding}.")
    mistake, warned = judged(made.text)
    for caution in warned:
        click.echo(f"{target}: warning: {caution}.")
    if mistake:
        click.echo(f"{target}: written, but it cannot be used yet: {mistake}.")
        sys.exit(1)
    click.echo(f"{target}: written. Look at what was made otherwise, above.")


def _must_be_new(target: Path) -> None:
    if target.exists():
        _stop(f"{target} is there already; name another file with --to.")


def _stop(says: str) -> NoReturn:
    click.echo(says)
    sys.exit(1)
