"""Applications for a case review: their states and days, what is sealed of them, and which receipts were shown"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(length=16)


def of_review(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["review_id"], ["case_review.id"], name=op.f(f"fk_{table}_review_id_case_review"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "case_review",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("rules_version", sa.String(length=40), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("is_met", sa.Boolean(), nullable=True),
        sa.Column("ways", sa.String(length=80), server_default="", nullable=False),
        sa.Column("decided_by_id", ID, nullable=True),
        sa.Column("appealed_on", sa.Date(), nullable=True),
        sa.Column("appeal_decided_on", sa.Date(), nullable=True),
        sa.Column("has_recommendations", sa.Boolean(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("submission_token", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("receipt_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_member.id"], name=op.f("fk_case_review_decided_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review")),
        sa.UniqueConstraint("reference", name=op.f("uq_case_review_reference")),
        sa.UniqueConstraint("submission_token", name=op.f("uq_case_review_submission_token")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_case_review_conversation_id")),
        sa.UniqueConstraint("receipt_lookup", name=op.f("uq_case_review_receipt_lookup")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_case_review_state"), "case_review", ["state"])
    op.create_index(op.f("ix_case_review_decided_by_id"), "case_review", ["decided_by_id"])
    op.create_table(
        "case_review_part",
        sa.Column("id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        of_review("case_review_part"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review_part")),
        sa.UniqueConstraint("review_id", "part", name=op.f("uq_case_review_part_review_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_review_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_from_applicant", sa.Boolean(), nullable=False),
        sa.Column("is_seen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        of_review("case_review_message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review_message")),
        sa.UniqueConstraint("review_id", "position", name=op.f("uq_case_review_message_review_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_review_used_receipt",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("review_id", ID, nullable=False),
        of_review("case_review_used_receipt"),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_case_review_used_receipt")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_case_review_used_receipt_review_id"), "case_review_used_receipt", ["review_id"])
