"""The application for any WSGI server."""

from portal import create_app

app = create_app()
