"""Whether residents may report: what a live installation still lacks, named for its operator."""

from __future__ import annotations

from urllib.parse import urlsplit

from portal.config import OWN_CAPTCHA_KEYS, settings
from portal.partnership.examples import ADDRESS
from portal.partnership.file import current_partnership
from portal.vault.keyholders import Mode, mode


def takes_reports() -> bool:
    """A live installation that lacks something shows who can help instead of the form."""
    return mode() is Mode.DEMONSTRATION or (mode() is Mode.LIVE and not missing_for_live())


def address_problem() -> str | None:
    """What is wrong with PORTAL_PUBLIC_URL: receipts, cards and posters bear it, and whoever has one comes back to it."""
    host = urlsplit(settings().public_url).hostname or ""
    is_here = host in {"localhost", "::1"} or host.startswith("127.")
    if settings().is_https and not is_here and not ADDRESS.search(host):
        return None
    return "Set PORTAL_PUBLIC_URL to the https:// address that residents open."


def missing_for_live() -> list[str]:
    """What still keeps a live installation from taking reports, one sentence each."""
    missing = current_partnership().missing_for_live()
    if (problem := address_problem()) is not None:
        missing.append(problem)
    if not settings().trusted_proxies:
        missing.append("Set PORTAL_TRUSTED_PROXIES to the server in front: without it all visitors count as one.")
    if not settings().smtp_url:
        missing.append("Set PORTAL_SMTP_URL to the mail server that carries alerts to the duty address.")
    if settings().has_captcha_test_keys:
        missing.append(OWN_CAPTCHA_KEYS)
    return missing
