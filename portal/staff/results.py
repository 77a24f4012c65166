"""What a wave has brought in: counts, what people wrote, and the export."""

from __future__ import annotations
