"""What `make bench` measures the portal by answers as it should."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.bench import servers


@pytest.mark.dear
@pytest.mark.same_on_both
def test_the_bare_server_takes_a_form_and_leads_on(tmp_path: Path) -> None:
    with (
        servers.serving(tmp_path, "tests.bench.bare") as (port, _master),
        closing(HTTPConnection("127.0.0.1", port)) as connection,
    ):
        connection.request("POST", "/answer", "a=1&b=2", {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"]) == (303, "/?2")
