"""The day a report was closed, and closings that wait for a second look"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: on SQLite that makes the table anew, and dropping the old one would take its parts with it.
    op.add_column("report", sa.Column("closed_on", sa.Date(), nullable=True))
    op.create_table(
        "second_look",
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_second_look_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_second_look")),
        sqlite_with_rowid=False,
    )
