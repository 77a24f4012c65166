"""Forward-only changes to the database's shape; going back is restoring a backup."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine) -> None:
    """Bring the database to the newest shape; nothing happens where it has it."""
    command.upgrade(_config(engine), "head")


def is_current(engine: Engine) -> bool:
    return revision(engine) == ScriptDirectory.from_config(_config(engine)).get_current_head()


def revision(engine: Engine) -> str | None:
    """The shape that the database has; None where it has no tables yet."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str | None, engine: Engine) -> bool:
    """Whether this portal knows that shape: a newer one's it does not."""
    return revision in {each.revision for each in ScriptDirectory.from_config(_config(engine)).walk_revisions()}
