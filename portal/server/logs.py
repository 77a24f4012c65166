"""What the server writes down of a failure: its kind and its place, never what anyone typed or who asked."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from flask import Flask
from flask.logging import default_handler

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class KindAndPlace(logging.Formatter):
    """Leaves out an exception's own words: a database error carries the row, a decoding error the text."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M%z")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have left the whole of it there
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (logging's name)
        parts = []
        error = ei[1]
        while error is not None:
            parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nbecause of\n".join(parts)


def init_logs(app: Flask) -> None:
    """Send the logs of this process to standard error."""
    # Python would print a line that cannot be written, with all that it carries.
    logging.raiseExceptions = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KindAndPlace())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    app.logger.removeHandler(default_handler)
