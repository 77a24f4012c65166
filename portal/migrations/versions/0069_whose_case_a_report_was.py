"""Whose case a report was before: they do not decide on a case review that is about it"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_owner",
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_earlier_owner_report_id_report"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_earlier_owner_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("report_id", "staff_id", name=op.f("pk_earlier_owner")),
        sqlite_with_rowid=False,
    )
