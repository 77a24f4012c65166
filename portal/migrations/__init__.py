"""Forward-only changes to the database's shape; going back is restoring a backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from portal.config import SettingError
from portal.flock import exclusive

# Seconds for which a machine waits on SQLite while another program writes or migrates.
PATIENCE = 600.0
# Any number will do, as long as nothing else in this database takes it.
LOCK = 4_711_047
NEWER = "The database is of a newer portal than this one: install that version, or restore the backup from before the upgrade."


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine) -> None:
    """Bring the database to the newest shape; nothing happens where it has it.

    Two machines that do so at once take turns: the second finds nothing left to do. Raises SettingError where it is newer.
    """
    with _alone(engine):
        refuse_newer(engine)
        command.upgrade(_config(engine), "head")
        if engine.dialect.name == "sqlite":
            _let_shrink(engine)


def _let_shrink(engine: Engine) -> None:
    """Once, a file of an older portal: so that room in it can be given back a little at a time."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        if cursor.execute("PRAGMA auto_vacuum").fetchone() == (0,):
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
            cursor.execute("VACUUM")


def refuse_newer(engine: Engine) -> None:
    """Raises SettingError where a newer portal gave the database its shape: this one would misread it."""
    found = revision(engine)
    if found is not None and not is_known(found, engine):
        raise SettingError(NEWER)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        with exclusive(Path(f"{engine.url.database}-writer"), PATIENCE):
            yield
        return
    # The lock is the connection's; an open transaction beside it would hold up what the migration changes.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})


def is_current(engine: Engine) -> bool:
    return revision(engine) == ScriptDirectory.from_config(_config(engine)).get_current_head()


def waiting(engine: Engine) -> int:
    """How many changes of shape the database still has to go through."""
    script, found = ScriptDirectory.from_config(_config(engine)), revision(engine)
    return sum(1 for _each in script.iterate_revisions("head", found or "base"))


def revision(engine: Engine) -> str | None:
    """The shape that the database has; None where it has no tables yet."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str | None, engine: Engine) -> bool:
    """Whether this portal knows that shape: a newer one's it does not."""
    return revision in {each.revision for each in ScriptDirectory.from_config(_config(engine)).walk_revisions()}
