"""The Community Risk MARAC: cases, meetings with their tables and agendas, what agencies know, minutes and actions"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=16), nullable=nullable)


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "marac_case",
        _id(),
        _id("report_id", nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("referred_on", sa.Date(), nullable=False),
        sa.Column("is_repeat", sa.Boolean(), nullable=False),
        sa.Column("risk_before", sa.String(length=40), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _key("marac_case", "report_id", "report", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marac_case")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_marac_case_report_id"), "marac_case", ["report_id"])
    op.create_table(
        "marac_meeting",
        _id(),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("begins", sa.String(length=5), nullable=False),
        _id("chair_id"),
        _id("deputy_id", nullable=True),
        _id("coordinator_id"),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        _id("agreed_by", nullable=True),
        _key("marac_meeting", "chair_id", "staff_member"),
        _key("marac_meeting", "deputy_id", "staff_member"),
        _key("marac_meeting", "coordinator_id", "staff_member"),
        _key("marac_meeting", "agreed_by", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marac_meeting")),
    )
    op.create_table(
        "marac_member",
        _id("meeting_id"),
        _id("staff_id"),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("was_there", sa.Boolean(), nullable=False),
        _key("marac_member", "meeting_id", "marac_meeting", "CASCADE"),
        _key("marac_member", "staff_id", "staff_member"),
        sa.PrimaryKeyConstraint("meeting_id", "staff_id", name=op.f("pk_marac_member")),
    )
    op.create_table(
        "marac_item",
        _id(),
        _id("meeting_id"),
        _id("case_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_heard", sa.Boolean(), nullable=False),
        sa.Column("risk_before", sa.String(length=40), nullable=False),
        sa.Column("risk_after", sa.String(length=40), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        _key("marac_item", "meeting_id", "marac_meeting", "CASCADE"),
        _key("marac_item", "case_id", "marac_case", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marac_item")),
        sa.UniqueConstraint("meeting_id", "case_id", name=op.f("uq_marac_item_meeting_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_marac_item_case_id"), "marac_item", ["case_id"])
    for table, of_an_item in (
        ("marac_knowledge", sa.Column("agency", sa.String(length=40), nullable=False)),
        ("marac_minutes", sa.Column("number", sa.Integer(), nullable=False)),
    ):
        op.create_table(
            table,
            _id(),
            _id("item_id"),
            of_an_item,
            sa.Column("written_on", sa.Date(), nullable=False),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
            _key(table, "item_id", "marac_item", "CASCADE"),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("item_id", of_an_item.name, name=op.f(f"uq_{table}_item_id")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "marac_action",
        _id(),
        _id("item_id"),
        _id("owner_id"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("for_owner", sa.LargeBinary(), nullable=False),
        _key("marac_action", "item_id", "marac_item", "CASCADE"),
        _key("marac_action", "owner_id", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marac_action")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_marac_action_item_id"), "marac_action", ["item_id"])
    op.create_index(op.f("ix_marac_action_owner_id"), "marac_action", ["owner_id"])
