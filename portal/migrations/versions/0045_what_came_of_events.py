"""What came of events: who came, what groups told, and how many answers to a survey came from each"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_outcome",
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("came", sa.Integer(), nullable=True),
        sa.Column("is_about", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("text", sa.String(length=400), server_default="", nullable=False),
        sa.Column("language", sa.String(length=12), server_default="", nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_outcome_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "planned_on", name=op.f("pk_event_outcome")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "occasion_count",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("occasion", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_occasion_count_wave_id_wave"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wave_id", "occasion", name=op.f("pk_occasion_count")),
        sqlite_with_rowid=False,
    )
