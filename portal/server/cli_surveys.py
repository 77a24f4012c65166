"""The commands about surveys: what is wrong in a questionnaire's file, and what to look at before it is published."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from portal.partnership.toml_records import Wrong
from portal.server.cli_keys import open_app
from portal.surveys.cautions import cautions
from portal.surveys.comparing import changes
from portal.surveys.definition import Questionnaire, thaw
from portal.surveys.reading import DefinitionError, definition_files, read_definition, read_text
from portal.surveys.versions import newest_version


@click.group(name="survey")
def survey_group() -> None:
    """The questionnaires in surveys/."""


@survey_group.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="An earlier file of this survey (.toml), or a published version's document (.json), to compare with.",
)
@click.option("--published", is_flag=True, help="Compare with what was published last; this opens the database.")
def check_surveys(files: tuple[Path, ...], against: Path | None, published: bool) -> None:
    """Say of each questionnaire that it is fine or what to mend; exit code 1 where anything is wrong.

    Warns of words that a language lacks, of options that read alike, of rules that could not be tried, and of codes and
    labels that Excel or LibreOffice would change when an export is opened. Compared with an earlier one, it also warns of
    words that were changed under an old code; the exit code of warnings alone is 0.
    """
    if against and len(files) != 1:
        raise click.UsageError("--against compares one file: name it, like `portal survey check --against OLD NEW`.")
    if against and published:
        raise click.UsageError("Compare either --against a file or with what was --published, not with both.")
    earlier = None
    if against:
        try:
            earlier = read_earlier(against)
        except DefinitionError as problem:
            click.echo(problem)
            sys.exit(1)
    app = open_app() if published else None
    wrong = 0
    for path in files or definition_files():
        try:
            questionnaire = read_definition(path)
        except DefinitionError as problem:
            wrong += 1
            click.echo(problem)
            continue
        if app:
            with app.app_context():
                version = newest_version(questionnaire.code)
                earlier = thaw(version.document).questionnaire if version else None
        found = cautions(questionnaire)
        found += [one.sentence for one in changes(earlier, questionnaire)] if earlier else []
        for caution in found:
            click.echo(f"{path}: warning: {caution}.")
        click.echo(f"{path}: can be used; see the warnings." if found else f"{path}: fine.")
    if wrong:
        sys.exit(1)


def read_earlier(path: Path) -> Questionnaire:
    """An earlier file, whatever it is called now, or a version's document. Raises DefinitionError."""
    if path.suffix != ".json":
        return read_definition(path, any_name=True)
    try:
        return thaw(json.dumps(json.loads(read_text(path)))).questionnaire
    except (ValueError, Wrong) as problem:
        raise DefinitionError(
            f"{path} is not a version's document; name one, or an earlier .toml file: {problem}."
        ) from None
