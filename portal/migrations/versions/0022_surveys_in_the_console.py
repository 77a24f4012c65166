"""Definitions that are uploaded, languages that were read, targets of a wave, and the archive of surveys"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STORED = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "survey_draft",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("survey_code", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=80), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_id", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["survey_version.id"], name=op.f("fk_survey_draft_version_id_survey_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_draft")),
    )
    op.create_index(op.f("ix_survey_draft_survey_code"), "survey_draft", ["survey_code"])
    op.create_table(
        "language_check",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("survey_code", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("checked_by", sa.String(length=80), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sentences", STORED, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_language_check")),
    )
    op.create_index(op.f("ix_language_check_survey_code"), "language_check", ["survey_code"])
    op.create_table(
        "archived_survey",
        sa.Column("survey_code", sa.String(length=40), nullable=False),
        sa.Column("archived_by", sa.String(length=80), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("survey_code", name=op.f("pk_archived_survey")),
    )
    op.add_column("survey_version", sa.Column("partial", STORED, nullable=False, server_default="[]"))
    op.add_column("wave", sa.Column("targets", STORED, nullable=False, server_default="{}"))
