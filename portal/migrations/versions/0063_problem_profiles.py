"""Problem profiles, and the calendar of what is planned because of them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_STORED = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "problem_profile",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("profile_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), server_default="0", nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("place_group", sa.String(length=40), server_default="", nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("written", _STORED, nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=400), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_by", sa.String(length=80), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_profile")),
        sa.UniqueConstraint("profile_id", "number", name=op.f("uq_problem_profile_profile_id")),
    )
    op.create_table(
        "planned_activity",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("profile_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("place_group", sa.String(length=40), server_default="", nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("agencies", sa.String(length=400), server_default="", nullable=False),
        sa.Column("owner_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("priority", sa.String(length=40), server_default="", nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("came", sa.Text(), server_default="", nullable=False),
        sa.Column("edition", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_member.id"], name=op.f("fk_planned_activity_owner_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_activity")),
    )
    op.create_index(op.f("ix_planned_activity_first_on"), "planned_activity", ["first_on"])
