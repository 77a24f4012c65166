"""Events that groups propose, and what is written about them"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_proposal",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("waits_for_editor", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_before", sa.LargeBinary(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_proposal_event_id_event"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_proposal")),
        sa.UniqueConstraint("lookup", name=op.f("uq_event_proposal_lookup")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_event_proposal_changed_on"), "event_proposal", ["changed_on"])
    op.create_table(
        "event_proposal_message",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("proposal_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_from_group", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["event_proposal.id"],
            name=op.f("fk_event_proposal_message_proposal_id_event_proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_proposal_message")),
        sa.UniqueConstraint("proposal_id", "position", name=op.f("uq_event_proposal_message_proposal_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_event_proposal_message_proposal_id"), "event_proposal_message", ["proposal_id"])
