"""nginx on a host of its own before two machines, with the configuration and the watcher that the guides describe."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.hosts_apart import Host
from tests.support.slow import ROOT, documented_nginx

WATCHER = ROOT / "portal" / "server" / "watch_machines.py"


def documented_upstream() -> tuple[str, str, str]:
    """Of docs/many-machines.md: what stands in http { }, what stands in server { }, and the settings of the host's kernel."""
    guide = (ROOT / "docs" / "many-machines.md").read_text(encoding="utf-8")
    found = re.search(r"```nginx\n# In http \{ \}:\n(.*?)# In server \{ \}[^\n]*\n(.*?)```", guide, re.DOTALL)
    kernel = re.search(r"```sysctl\n(.*?)```", guide, re.DOTALL)
    assert found
    assert kernel
    return found[1], found[2], kernel[1]


class Front:
    """The web server that visitors reach, and beside it the program that tells it which machines are well."""

    def __init__(self, host: Host, machines: list[str]) -> None:
        self.host, self.machines = host, machines
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        folder = self.host.folder
        upstream, beside, kernel = documented_upstream()
        for line in kernel.splitlines():
            self.host.run("sysctl", "-q", "-w", line.replace(" ", ""))
        zone, _, server = documented_nginx().partition("# In server { }")
        server = server.partition("\n")[2].replace("http://127.0.0.1:8000", "http://portal")
        temporary = "".join(
            f"{kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        machines = folder / "portal-machines.conf"
        machines.write_text("".join(f"server {each} max_fails=0;\n" for each in self.machines), encoding="ascii")
        configuration = folder / "nginx.conf"
        text = (
            f"worker_processes 1;\nuser root;\npid {folder / 'pid'};\nerror_log {folder / 'errors'} error;\ndaemon off;\n"
            f"events {{ worker_connections 2048; }}\nhttp {{\ntypes {{ text/html html; }}\n{temporary}{zone}\n{upstream}\n"
            f"server {{\nlisten {self.host.address}:80;\n{server}\n{beside}\n}}\n}}\n"
        )
        text = text.replace("/etc/nginx/portal-machines.conf", str(machines)).replace(
            "/var/lib/portal-away", str(folder / "away")
        )
        configuration.write_text(text, encoding="utf-8")
        program = shutil.which("nginx")
        assert program
        command = [program, "-c", str(configuration), "-p", str(folder)]
        self.processes.append(subprocess.Popen(self.host.command(*command), start_new_session=True))
        with (folder / "watcher").open("wb") as log:
            watch = [
                sys.executable,
                str(WATCHER),
                "--file",
                str(machines),
                "--then",
                " ".join([*command, "-s", "reload"]),
            ]
            self.processes.append(
                subprocess.Popen(
                    self.host.command(*watch, *self.machines), start_new_session=True, stdout=log, stderr=log
                )
            )


def is_there(folder: Path) -> bool:
    return (folder / "pid").exists()
