"""The page that the web server in front shows while no machine of the portal's answers: ours, in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from portal.languages.i18n import languages
from portal.web.errors import ERROR_STATUS


def write_pages(app: Flask, folder: Path) -> Iterator[Path]:
    """`away.html` in English, `away.pl.html` and so on; readable by the web server, whoever that runs as."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with app.app_context():
        prefixes = {language.code: language.prefix for language in languages()}
    for code, prefix in prefixes.items():
        with app.test_client() as client:
            page = client.get(f"{prefix}/", environ_overrides={ERROR_STATUS: 503}).get_data()
        path = folder / (f"away.{code}.html" if prefix else "away.html")
        path.write_bytes(page)
        path.chmod(0o644)
        yield path
