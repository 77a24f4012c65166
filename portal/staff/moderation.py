"""Calendar editors add, change, publish and cancel events."""

from __future__ import annotations
