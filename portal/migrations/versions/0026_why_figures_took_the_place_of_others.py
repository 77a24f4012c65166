"""Releases: with and without flagged answers, and why they took the place of others"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_STORED = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("release", sa.Column("flagged", _STORED, nullable=True))
    op.add_column("release", sa.Column("takes_place_of", sa.Integer(), nullable=True))
    op.add_column("release", sa.Column("reason", sa.String(length=40), nullable=True))
    op.add_column("release", sa.Column("note", sa.Text(), nullable=False, server_default=""))
