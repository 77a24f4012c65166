"""Surveys, events, releases and roles"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


STORED = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("venue", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("place_geography", sa.String(length=40), nullable=False),
        sa.Column("place_version", sa.String(length=40), nullable=False),
        sa.Column("place_code", sa.String(length=40), nullable=True),
        sa.Column("organiser", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("web_address", sa.String(length=400), nullable=False),
        sa.Column("cost", sa.String(length=120), nullable=False),
        sa.Column("languages", STORED, nullable=False),
        sa.Column("access", STORED, nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "survey",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint("code", name=op.f("uq_survey_code")),
    )
    op.create_table(
        "event_words",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("translates", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=80), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_words_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_words")),
        sa.UniqueConstraint("event_id", "language", "version", name=op.f("uq_event_words_event_id")),
    )
    with op.batch_alter_table("event_words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_words_event_id"), ["event_id"], unique=False)

    op.create_table(
        "survey_version",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("survey_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_version_survey_id_survey")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_version")),
        sa.UniqueConstraint("survey_id", "hash", name="uq_survey_version_hash"),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_survey_version_survey_id")),
    )
    op.create_table(
        "wave",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("survey_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("sample_type", sa.String(length=40), nullable=False),
        sa.Column("population", sa.String(length=40), nullable=False),
        sa.Column("languages", STORED, nullable=False),
        sa.Column("recipe", STORED, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_wave_survey_id_survey")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_wave_survey_id")),
    )
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wave_state"), ["state"], unique=False)

    op.create_table(
        "answer_column",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_answer_column_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", "question", name=op.f("pk_answer_column")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("exact", STORED, nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.String(length=80), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_release_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_release_wave_id")),
    )
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_state"), ["state"], unique=False)

    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_role_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "role", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "survey_response",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("answers", STORED, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["survey_version.id"], name=op.f("fk_survey_response_version_id_survey_version")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_survey_response_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_response")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("survey_response", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_response_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "wave_version",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["survey_version.id"], name=op.f("fk_wave_version_version_id_survey_version")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_version_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", "version_id", name=op.f("pk_wave_version")),
    )
    op.create_table(
        "written_answer",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_written_answer_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_answer")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("written_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_written_answer_wave_id"), ["wave_id"], unique=False)

    op.execute("INSERT INTO staff_role (staff_id, role) SELECT id, role FROM staff_member")
    # Not in a batch: on SQLite that makes the table anew, and dropping the old one would take the sessions with it.
    op.execute("ALTER TABLE staff_member DROP COLUMN role")
