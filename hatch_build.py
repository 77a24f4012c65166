"""Puts templates, styles, translations, questionnaires and what a server needs into the wheel, where portal/package_data.py looks for them."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("deploy", "static", "surveys", "templates", "translations")


class PackageData(BuildHookInterface):
    """Not for an editable install: that uses the folders where they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        if not all(po.with_suffix(".mo").exists() for po in root.glob("translations/*/LC_MESSAGES/*.po")):
            raise RuntimeError(
                "The translations are not compiled: the wheel would speak English only. Run `make wheel`."
            )
        if not (root / "static" / "build" / "manifest.json").exists():
            self.app.display_warning("static/build is missing: the wheel carries the small style sheet only.")
        build_data["force_include"] |= {str(root / name): f"portal/_data/{name}" for name in FOLDERS}
