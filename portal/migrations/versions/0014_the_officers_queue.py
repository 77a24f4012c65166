"""What orders the officers' queue, sealed beside it; and the views that an officer saved"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_index",
        sa.Column("keyholder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["keyholder_id"],
            ["keyholder.id"],
            name=op.f("fk_queue_index_keyholder_id_keyholder"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("keyholder_id", "bucket", name=op.f("pk_queue_index")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_saved_view_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_staff_id"), "saved_view", ["staff_id"])
    # The list asks of each report whether its reporter wrote, and whether that was seen: without reading long sealed texts.
    op.create_index("ix_message_report_id_author_seen", "message", ["report_id", "author", "seen"])
