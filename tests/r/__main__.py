"""`python -m tests.r` asks R for its figures of the made files and keeps them in values.json."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.r.designs import VALUES, values_of_r

with tempfile.TemporaryDirectory() as folder:
    found = values_of_r(Path(folder))
if found is None:
    sys.exit("R with the packages survey and jsonlite is not installed here: nothing was written.")
# A design to a line: what changed can be seen.
lines = ",\n".join(json.dumps(each) for each in found["designs"])
VALUES.write_text(
    f'{{"r": {json.dumps(found["r"])}, "survey": {json.dumps(found["survey"])}, "designs": [\n{lines}\n]}}\n',
    encoding="utf-8",
)
