"""Every report has a reference, and a clock for each promise"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"


def upgrade() -> None:
    # Not in a batch: on SQLite that makes the table anew, and dropping the old one would take its parts with it.
    op.add_column("report", sa.Column("reference", sa.String(length=12), nullable=False, server_default=""))
    _give_references()
    op.create_index(op.f("ix_report_reference"), "report", ["reference"], unique=True)
    op.create_table(
        "clock",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("report_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("promise", sa.String(length=40), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("days_paused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_clock_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_clock_report_id"), "clock", ["report_id"])
    op.create_index(op.f("ix_clock_due_on"), "clock", ["due_on"])


def _give_references() -> None:
    report = sa.table("report", sa.column("id"), sa.column("reference"))
    connection = op.get_bind()
    ids = connection.scalars(sa.select(report.c.id)).all()
    numbers = secrets.SystemRandom().sample(range(10**7), len(ids))
    for report_id, number in zip(ids, numbers, strict=True):
        reference = f"{number:07d}{LETTERS[number % len(LETTERS)]}"
        connection.execute(report.update().where(report.c.id == report_id).values(reference=reference))
