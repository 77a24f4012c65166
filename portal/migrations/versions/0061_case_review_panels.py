"""The panels of case reviews: who sits, the meeting, what is recommended, the minutes and the second look"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(length=16)


def of_review(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["review_id"], ["case_review.id"], name=op.f(f"fk_{table}_review_id_case_review"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "case_review_panel",
        sa.Column("review_id", ID, nullable=False),
        sa.Column("meets_on", sa.Date()),
        sa.Column("invited_on", sa.Date()),
        sa.Column("answered_on", sa.Date()),
        sa.Column("held_on", sa.Date()),
        sa.Column("told_on", sa.Date()),
        sa.Column("sealed_meeting", sa.LargeBinary()),
        sa.Column("sealed_answer", sa.LargeBinary()),
        sa.Column("sealed_reason", sa.LargeBinary()),
        sa.Column("sealed_outcome", sa.LargeBinary()),
        sa.Column("sealed_summary", sa.LargeBinary()),
        of_review("case_review_panel"),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_case_review_panel")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_review_panel_member",
        sa.Column("id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("is_chair", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("attended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_for", ID),
        sa.Column("sealed_keys", sa.LargeBinary()),
        of_review("case_review_panel_member"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_case_review_panel_member_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review_panel_member")),
        sa.UniqueConstraint("review_id", "staff_id", name=op.f("uq_case_review_panel_member_review_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_case_review_panel_member_review_id"), "case_review_panel_member", ["review_id"])
    op.create_index(op.f("ix_case_review_panel_member_staff_id"), "case_review_panel_member", ["staff_id"])
    op.create_table(
        "case_review_panel_words",
        sa.Column("id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        of_review("case_review_panel_words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review_panel_words")),
        sa.UniqueConstraint("review_id", "position", name=op.f("uq_case_review_panel_words_review_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_review_recommendation",
        sa.Column("id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("owner_id", ID),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("progress", sa.String(length=40), nullable=False),
        sa.Column("settled_on", sa.Date()),
        sa.Column("acceptance", sa.String(length=40), nullable=False),
        sa.Column("is_from_second_look", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_owner", sa.LargeBinary(), nullable=False),
        of_review("case_review_recommendation"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_member.id"], name=op.f("fk_case_review_recommendation_owner_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review_recommendation")),
        sa.UniqueConstraint("review_id", "position", name=op.f("uq_case_review_recommendation_review_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_case_review_recommendation_owner_id"), "case_review_recommendation", ["owner_id"])
    op.create_table(
        "case_review_minutes",
        sa.Column("id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed_on", sa.Date()),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        of_review("case_review_minutes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review_minutes")),
        sa.UniqueConstraint("review_id", "version", name=op.f("uq_case_review_minutes_review_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_review_policing_body_look",
        sa.Column("review_id", ID, nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("passed_on", sa.Date()),
        sa.Column("answered_on", sa.Date()),
        sa.Column("sealed_request", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary()),
        of_review("case_review_policing_body_look"),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_case_review_policing_body_look")),
        sqlite_with_rowid=False,
    )
