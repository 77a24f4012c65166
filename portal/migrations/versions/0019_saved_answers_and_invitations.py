"""Answers that someone saved to come back to, and invitations to a survey"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_answers",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_answers")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_saved_answers_last_day"), "saved_answers", ["last_day"])
    op.create_table(
        "invitation_batch",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_invitation_batch_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_batch")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_invitation_batch_wave_id")),
    )
    op.create_table(
        "invitation_code",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["invitation_batch.id"], name=op.f("fk_invitation_code_batch_id_invitation_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_code")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation_count",
        sa.Column("batch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["invitation_batch.id"], name=op.f("fk_invitation_count_batch_id_invitation_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_invitation_count")),
        sqlite_with_rowid=False,
    )
