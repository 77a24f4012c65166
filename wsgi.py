"""The application for any WSGI server."""

from portal import create_app
from portal.server.logs import init_logs

app = create_app()
init_logs(app)
