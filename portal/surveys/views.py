"""The pages on which residents answer a survey: no account, no address, and nothing that leads back to them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("surveys", __name__)
