"""Reports taken back and deleted"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: on SQLite that makes the table anew, and dropping the old one would take its parts with it.
    op.add_column("report", sa.Column("told_if_it_helped", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "deletion_request",
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("refused_on", sa.Date(), nullable=True),
        sa.Column("refused_for", sa.String(length=40), nullable=True),
        sa.Column("refused_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_deletion_request_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_deletion_request")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deleted_report",
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("deleted_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_deleted_report")),
        sqlite_with_rowid=False,
    )
