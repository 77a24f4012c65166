"""Where the files are that are no code: inside the package once it is installed, beside it in the repository."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
# Put there when the wheel is built: see hatch_build.py.
INSTALLED = PACKAGE / "_data"


def folder(name: str) -> Path:
    """`deploy`, `static`, `surveys`, `templates` or `translations`."""
    return (INSTALLED if INSTALLED.is_dir() else PACKAGE.parent) / name
