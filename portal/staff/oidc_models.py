"""Which account of the organisation's own signs in as whom."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import Boolean, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class OrganisationAccount(Base):
    """The one account at the provider with which someone may sign in, beside their password. It opens no key."""

    __tablename__ = "organisation_account"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(2000))
    subject_hash: Mapped[bytes] = mapped_column(unique=True)
    """Of issuer and subject, under the installation's pepper: who someone is over there stands nowhere."""
    linked_on: Mapped[date]
    is_theirs: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Whether they showed it with their password or code here: somebody else may have linked an account of their own."""
