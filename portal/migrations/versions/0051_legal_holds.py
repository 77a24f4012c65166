"""Legal holds, counts of what has ended by the schedule, and the days on which a wave's answers ended"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_legal_hold_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_legal_hold")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ended_count",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "kind", name=op.f("pk_ended_count")),
        sqlite_with_rowid=False,
    )
    op.add_column("wave", sa.Column("words_ended_on", sa.Date(), nullable=True))
    op.add_column("wave", sa.Column("answers_ended_on", sa.Date(), nullable=True))
