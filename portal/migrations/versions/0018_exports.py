"""Large exports that the worker makes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STORED = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "export_job",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("chosen", STORED, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_export_job_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_export_job_wave_id_wave"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
    )
    op.create_index(op.f("ix_export_job_staff_id"), "export_job", ["staff_id"])
    op.create_index(op.f("ix_export_job_wave_id"), "export_job", ["wave_id"])
