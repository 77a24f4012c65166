"""Coding of written answers by two people, and signals that stand beside a response"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_STORED = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("survey_response", sa.Column("signals", _STORED, nullable=False, server_default="[]"))
    op.create_table(
        "coding_frame",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("codes", _STORED, nullable=False),
        sa.Column("second_share", sa.Integer(), nullable=False),
        sa.Column("counted", _STORED, nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_coding_frame_wave_id_wave"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_frame")),
        sa.UniqueConstraint("wave_id", "question", "number", name=op.f("uq_coding_frame_wave_id")),
    )
    op.create_table(
        "coding_part",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("frame_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("coder", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["frame_id"],
            ["coding_frame.id"],
            name=op.f("fk_coding_part_frame_id_coding_frame"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_part")),
        sa.UniqueConstraint("frame_id", "coder", name=op.f("uq_coding_part_frame_id")),
    )
