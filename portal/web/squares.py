"""QR codes as drawings within a page: the square that a phone's camera reads."""

from __future__ import annotations

from itertools import groupby

import segno


def drawn(address: str) -> tuple[int, str]:
    """A QR code of the address: its width, and the path that draws it."""
    try:
        code = segno.make(address, error="m", micro=False)
    except segno.DataOverflowError:  # a very long address: with less to spare for dirt and folds
        code = segno.make(address, error="l", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=2)]
    path = ""
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            width = len(list(run))
            path += f"M{x} {y}h{width}v1h-{width}z" if is_dark else ""
            x += width
    return len(rows), path
