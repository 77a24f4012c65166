"""The parts of a page's frame that are the same on every page of a language: each is made once and kept."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from portal.languages.sentences import safety

# What templates find everywhere and a part may not see: it would be kept for the next visitor.
OF_ONE_VISITOR = dict.fromkeys(("request", "session", "g", "csrf_token", "get_flashed_messages"))


def init_app(app: Flask) -> None:
    """Give templates `frame(NAME)`, the part that templates/frame/NAME.html makes.

    A part sees the language, the partnership in it and whether this is a demonstration. It is kept by these and by the
    root of the page's addresses, and by nothing else, so whatever else it asks for fails when it is made.
    """
    made: dict[tuple[Any, ...], Markup] = {}
    app.extensions["frame"] = made

    @pass_context
    def frame(page: Context, name: str) -> Markup:
        seen = {
            "language": page["language"],
            "partnership": page["partnership"],
            "demonstration": page["demonstration"],
        }
        key = (name, request.script_root, *seen.values())
        found = made.get(key)
        if found is None:
            template = app.jinja_env.get_template(f"frame/{name}.html")
            part = template.render(OF_ONE_VISITOR, safety=safety, **seen)
            found = made[key] = Markup(part)  # noqa: S704 (a template of our own, escaped where it was made)
        return found

    app.jinja_env.globals["frame"] = frame
