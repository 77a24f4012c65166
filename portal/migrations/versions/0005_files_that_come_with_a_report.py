"""Files that come with a report"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_file",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("draft_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(draft_id IS NULL) <> (report_id IS NULL)", name=op.f("ck_evidence_file_one_owner")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_evidence_file_draft_id_draft"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_evidence_file_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_evidence_file_draft_id"), "evidence_file", ["draft_id"])
    op.create_index(op.f("ix_evidence_file_report_id"), "evidence_file", ["report_id"])
