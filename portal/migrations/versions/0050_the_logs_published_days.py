"""The log's published days, where it begins, and what an auditor looks for"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("root", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_day")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_checkpoint")),
    )
    op.drop_index(op.f("ix_audit_entry_subject"), table_name="audit_entry")
    op.create_index(
        op.f("ix_audit_entry_subject"),
        "audit_entry",
        ["subject", "at"],
        postgresql_ops={"subject": "varchar_pattern_ops"},
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at", "id"])
    op.create_index(op.f("ix_audit_entry_actor"), "audit_entry", ["actor", "at", "id"])
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action", "at", "id"])
