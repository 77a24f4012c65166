"""Hosts with a network between them, in network namespaces of this machine: cut off, mended, and gone at the end in any case."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support import postgres

NEEDED = ("ip", "nft", "nsenter", "sysctl")
CLONE_NEWNET = 0x40000000
NETWORK = "10.77.0"
# From any of these a visitor may come: each has limits of their own.
VISITORS = "10.78.0.0/16"

# Reading waits until the test ends in whatever way, killed too: then whatever runs in these namespaces ends with them, and
# nothing else, for nothing but this test knows of them.
LIFE = """
read -r _ || true
folder=$1
shift
for host in "$@"; do ip netns pids "$host" 2>/dev/null | xargs -r kill -9 2>/dev/null; done
for host in "$@"; do ip netns del "$host" 2>/dev/null; done
rm -rf "$folder"
"""

Given = TypeVar("Given")


def why_not() -> str | None:
    """What keeps this machine from having hosts; None where nothing does."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        return f"{missing[0]} is not installed (apt install iproute2 nftables util-linux)"
    probe = f"portal-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode:
        return "this machine makes no network namespaces"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


class Host:
    """One host; `address` is its own on the network between them."""

    def __init__(self, namespace: str, name: str, address: str, folder: Path) -> None:
        self.namespace, self.name, self.address, self.folder = namespace, name, address, folder

    def command(self, *words: str) -> list[str]:
        """`nsenter` becomes what it starts: the process that is started is the one that was asked for."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", *words]

    def run(self, *words: str, said: str | None = None) -> None:
        subprocess.run(self.command(*words), check=True, stdout=subprocess.DEVNULL, input=said, text=True)

    def within(self, do: Callable[[], Given]) -> Given:
        """Do it in a thread of this process whose sockets are this host's."""
        with ThreadPoolExecutor(1, initializer=self.enter) as thread:
            return thread.submit(do).result()

    def enter(self) -> None:
        """From here on the calling thread's sockets are this host's."""
        handle = os.open(f"/run/netns/{self.namespace}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)

    def drop(self, *others: Host) -> None:
        """Nothing goes through to these any more, or to anyone, and nobody is told: packets vanish."""
        for_whom = [f"ip {way} {other.address}" for other in others for way in ("saddr", "daddr")]
        lines = [f"    {one} drop" for one in for_whom] or [
            "    oifname lo accept",
            "    iifname lo accept",
            "    drop",
        ]
        chains = "".join(
            f"  chain {hook} {{\n    type filter hook {hook} priority -10;\n" + "\n".join(lines) + "\n  }\n"
            for hook in ("input", "output")
        )
        self.run("nft", "-f", "-", said=f"table inet cut {{\n{chains}}}\n")

    def let_through(self) -> None:
        self.run("nft", "delete", "table", "inet", "cut")


class Network:
    """A switch and the hosts on it."""

    def __init__(self, mark: str, folder: Path, names: Sequence[str]) -> None:
        self.switch = f"{mark}-switch"
        self.hosts = {
            name: Host(f"{mark}-{name}", name, f"{NETWORK}.{number}", folder / name)
            for number, name in enumerate(names, 1)
        }

    def build(self) -> None:
        self._ip("netns", "add", self.switch)
        self._in_switch("link", "add", "bridge", "type", "bridge")
        self._in_switch("link", "set", "bridge", "up")
        for host in self.hosts.values():
            host.folder.mkdir()
            self._ip("netns", "add", host.namespace)
            self._in_switch("link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
            self._in_switch("link", "set", host.name, "master", "bridge", "up")
            for words in (
                ("link", "set", "lo", "up"),
                ("link", "set", "eth0", "up"),
                ("address", "add", f"{host.address}/24", "dev", "eth0"),
            ):
                self._ip("-n", host.namespace, *words)

    def unplug(self, host: Host) -> None:
        self._in_switch("link", "set", host.name, "down")

    def plug_in(self, host: Host) -> None:
        self._in_switch("link", "set", host.name, "up")

    def bring_visitors(self, host: Host, through: Host) -> None:
        """Connections from any of the visitors' addresses may begin on this host, and `through` knows the way back."""
        self._ip("-n", host.namespace, "route", "add", "local", VISITORS, "dev", "lo")
        self._ip("-n", through.namespace, "route", "add", VISITORS, "via", host.address)

    def _in_switch(self, *words: str) -> None:
        self._ip("-n", self.switch, *words)

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True)


@contextmanager
def hosts_apart(*names: str) -> Iterator[tuple[Network, Path]]:
    """These hosts, each with a folder of its own in the folder that is given beside them."""
    folder = Path(tempfile.mkdtemp(prefix="portal-hosts-", dir=postgres.roomy_memory()))
    folder.chmod(0o755)
    network = Network(f"portal-{os.getpid()}", folder, names)
    namespaces = [network.switch, *(host.namespace for host in network.hosts.values())]
    with subprocess.Popen(
        ["sh", "-c", LIFE, "sh", str(folder), *namespaces], stdin=subprocess.PIPE, start_new_session=True
    ) as life:
        try:
            network.build()
            yield network, folder
        finally:
            assert life.stdin
            life.stdin.close()
            life.wait(60)
