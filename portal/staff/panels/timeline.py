"""All that happened to a report, on one list: every part of the portal adds the lines it knows."""

from __future__ import annotations

from portal.staff.panels.timeline_entry import TimelineSource

# Where to add a part's lines: a function that takes the opened report and gives its entries.
SOURCES: list[TimelineSource] = []
