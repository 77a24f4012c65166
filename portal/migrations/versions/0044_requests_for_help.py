"""What people ask for so that they can take part in an event, and how often it was met"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_help_request",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), server_default="open", nullable=False),
        sa.Column("waits_since", sa.Date(), nullable=True),
        sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_help_request_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_help_request")),
        sa.UniqueConstraint("lookup", name=op.f("uq_event_help_request_lookup")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_event_help_request_event_id"), "event_help_request", ["event_id"])
    op.create_index(op.f("ix_event_help_request_planned_on"), "event_help_request", ["planned_on"])
    op.create_table(
        "event_help_message",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("request_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_from_person", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["event_help_request.id"],
            name=op.f("fk_event_help_message_request_id_event_help_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_help_message")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_event_help_message_request_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_event_help_message_request_id"), "event_help_message", ["request_id"])
    op.create_table(
        "event_help_count",
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("need", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_help_count_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "held_on", "need", "language", "outcome", name=op.f("pk_event_help_count")),
        sqlite_with_rowid=False,
    )
