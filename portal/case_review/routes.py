"""Where residents find case reviews: what they are, whether the threshold looks met, and how to apply."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("case_review", __name__, url_prefix="/case-review")
