"""The server under test: starting it, watching it from outside, ending it."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import tempfile
from pathlib import Path

from lib import JWT_SECRET

# Only there to end a hang: nothing is measured by it.
HANG_SECONDS = 60


class Failure(Exception):
    """What is not as it should be, in a sentence."""


class Program:
    """A started program, with its standard error in a file unless a descriptor is given for it."""

    def __init__(self, path: Path | str, environment: dict[str, str] | None = None, arguments: list[str] = [], **popen):
        self.log_file = tempfile.TemporaryFile()
        settings = {
            "PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", "SHUTDOWN_TIMEOUT_SECONDS": "5",
            "REQUEST_TIMEOUT_SECONDS": "1",
            # Nothing listens there unless told otherwise: a program that follows a stream goes on trying.
            "WIKIPEDIA_STREAM_URL": os.environ.get("WIKIPEDIA_STREAM_URL", "http://127.0.0.1:9/"),
            "JWT_SECRET": JWT_SECRET,
        }
        settings |= {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
        popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self.log_file} | popen
        # Its own folder, so that no .env is found.
        self.process = subprocess.Popen([path, *arguments], env=settings | (environment or {}), cwd="/", **popen)
        self.pid = self.process.pid
        self.port = 0

    async def listening(self) -> "Program":
        """Returns when it listens, and knows the port: from /proc, since not every log here can be read."""
        for _ in range(HANG_SECONDS * 200):
            if self.process.poll() is not None:
                raise Failure(f"the program ended as it started, with {self.process.returncode}: {self.log()[:2000]}")
            self.port = listening_port(self.pid)
            if self.port:
                return self
            await asyncio.sleep(0.005)
        raise Failure("the program does not listen")

    def log(self) -> str:
        size = os.fstat(self.log_file.fileno()).st_size
        return os.pread(self.log_file.fileno(), size, 0).decode(errors="replace")

    async def logged(self, text: str) -> None:
        for _ in range(HANG_SECONDS * 200):
            if text in self.log() or self.process.poll() is not None:
                return
            await asyncio.sleep(0.005)
        raise Failure(f"the log does not say {text!r}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit status, or minus the signal that it has died of."""
        descriptor = os.pidfd_open(self.pid)
        loop = asyncio.get_running_loop()
        has_ended = loop.create_future()
        loop.add_reader(descriptor, lambda: has_ended.done() or has_ended.set_result(None))
        try:
            await asyncio.wait_for(has_ended, HANG_SECONDS)
        except TimeoutError:
            threads = [path.read_text().strip() for path in Path(f"/proc/{self.pid}/task").glob("*/comm")]
            raise Failure(f"the program hangs; its threads: {', '.join(threads)}") from None
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        return self.process.wait()

    def destroy(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log_file.close()

    # What can be seen from outside.

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def sockets(self) -> int:
        """Open sockets, of which one listens."""
        return sum(link.startswith("socket:") for link in links_of(self.pid))

    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def limit_descriptors(self, count: int) -> None:
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (count, resource.prlimit(self.pid, resource.RLIMIT_NOFILE)[1]))


def links_of(pid: int) -> list[str]:
    """What the descriptors of a process are."""
    links = []
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(entry.path))
        except FileNotFoundError:
            pass
    return links


def listening_port(pid: int) -> int:
    """The port of the one socket that a process listens on; 0 if there is none yet."""
    inodes = {link[len("socket:[") : -1] for link in links_of(pid) if link.startswith("socket:[")}
    if not inodes:
        return 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:
            return int(fields[1].split(":")[1], 16)
    return 0


def unexpected_lines(log: str, known: set[str] = frozenset()) -> list[str]:
    """Lines that no healthy program writes: whatever is no JSON (a crash, a sanitizer's report), and errors."""
    found = []
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            entry = {"level": "error", "message": line}
        if entry.get("level") in {"error", "critical"} and entry.get("message") not in known:
            found.append(line)
    return found


def describe_status(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
