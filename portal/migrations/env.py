"""Alembic's entry: brings the database of a running app to the newest shape."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from portal.db import Base


def plain_type(kind: str, found: Any, _context: Any) -> str | Literal[False]:
    """A migration is history: it names the database's own types, not ours, which may change."""
    return f"sa.{found.impl!r}" if kind == "type" and isinstance(found, TypeDecorator) else False


engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=plain_type
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
