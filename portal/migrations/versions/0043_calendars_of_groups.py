"""Calendars that groups keep themselves, and the entries that were read in them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_source",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("rhythm", sa.String(length=40), nullable=False),
        sa.Column("is_trusted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("let_in_by", sa.String(length=80), nullable=False),
        sa.Column("let_in_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.String(length=200), server_default="", nullable=False),
        sa.Column("modified", sa.String(length=80), server_default="", nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("trouble_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "skipped",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="{}",
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_source")),
        sa.UniqueConstraint("lookup", name=op.f("uq_event_source_lookup")),
    )
    op.create_index(op.f("ix_event_source_due_at"), "event_source", ["due_at"])
    op.create_table(
        "event_source_entry",
        sa.Column("source_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("twin", sa.LargeBinary(), nullable=False),
        sa.Column("proposal_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("same_as_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("is_pending", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_for_editors", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dates", sa.String(length=40), server_default="none", nullable=False),
        sa.Column("sealed_dates", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["event_source.id"],
            name=op.f("fk_event_source_entry_source_id_event_source"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["event_proposal.id"],
            name=op.f("fk_event_source_entry_proposal_id_event_proposal"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"],
            ["event_proposal.id"],
            name=op.f("fk_event_source_entry_same_as_id_event_proposal"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_event_source_entry")),
    )
    op.create_index(op.f("ix_event_source_entry_proposal_id"), "event_source_entry", ["proposal_id"])
    op.create_index(op.f("ix_event_source_entry_twin"), "event_source_entry", ["twin"])
