"""The application for any WSGI server."""

import sys

from portal.config import SettingError
from portal.server.cli_keys import open_app
from portal.server.logs import init_logs

# By this exit code gunicorn knows that a new process would fare no better, and stops with it.
CANNOT_LOAD = 4

try:
    app = open_app()
except SettingError as problem:
    sys.stderr.write(f"portal: {problem}\n")
    sys.exit(CANNOT_LOAD)
init_logs(app)
