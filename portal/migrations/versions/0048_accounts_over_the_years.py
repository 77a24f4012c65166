"""Invitations to staff, recovery codes, who waits for a team's key, and when sessions began"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_staff_id_staff_member")
    return sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.add_column("staff_member", sa.Column("signed_in_on", sa.Date(), nullable=True))
    op.add_column("staff_session", sa.Column("began_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "staff_invitation",
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _of_staff("staff_invitation"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_staff_invitation_secret_hash")),
    )
    op.create_table(
        "staff_recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        _of_staff("staff_recovery_code"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_recovery_code")),
    )
    op.create_index(op.f("ix_staff_recovery_code_staff_id"), "staff_recovery_code", ["staff_id"])
    op.create_table(
        "staff_team_wait",
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        _of_staff("staff_team_wait"),
        sa.PrimaryKeyConstraint("staff_id", "team", name=op.f("pk_staff_team_wait")),
    )
