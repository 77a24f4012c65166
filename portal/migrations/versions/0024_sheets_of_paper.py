"""Sheets of paper that staff type in twice"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_STORED = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "paper_batch",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("is_single", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("states", _STORED, nullable=False),
        sa.Column("counted", _STORED, nullable=False),
        sa.Column("unsettled", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paper_batch_wave_id_wave"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["survey_version.id"], name=op.f("fk_paper_batch_version_id_survey_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_batch")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_paper_batch_wave_id")),
    )
    op.create_table(
        "paper_entry",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["paper_batch.id"], name=op.f("fk_paper_entry_batch_id_paper_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entry")),
        sa.UniqueConstraint("batch_id", "sheet", "place", name=op.f("uq_paper_entry_batch_id")),
        sqlite_with_rowid=False,
    )
