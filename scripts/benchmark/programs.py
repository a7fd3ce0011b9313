"""Starts the programs that are measured, asks the kernel what they use, and ends them."""

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

SECONDS_TO_START = 30
SECONDS_TO_END = 15


class BenchError(Exception):
    """One sentence that says what is wrong, perhaps with the end of a log."""


class Program:
    """A process and its log. As a context manager it ends when the block does."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str] | None = None):
        self.name, self.log = name, folder / f"{name.replace(' ', '-')}.log"
        # Away from any .env file; and in a session of its own, so that Ctrl-C leaves it to be ended below.
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(SECONDS_TO_END)
                except subprocess.TimeoutExpired:
                    continue

    def error(self, text: str) -> BenchError:
        lines = self.output().splitlines()[-20:]
        return BenchError("\n    ".join([f"{self.name} {text}; the end of what it said:", *(lines or ["(nothing)"])]))

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def check_running(self) -> None:
        if self.process.poll() is not None:
            raise self.error(f"has ended with status {self.process.returncode}")

    # What it uses.

    def cpu_seconds(self) -> float:
        """CPU time of all its threads, those that have ended included: utime and stime of /proc/PID/stat, but in
        nanoseconds instead of hundredths of a second. Known until the process is waited for, so after its end too."""
        # How Linux makes the id of a process's clock (clock_getcpuclockid); 2 is CPUCLOCK_SCHED.
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def resident_bytes(self) -> int:
        return self._memory("VmRSS")

    def peak_bytes(self) -> int:
        return self._memory("VmHWM")

    def _memory(self, key: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == key:
                return int(value.split()[0]) * 1024
        raise self.error("has ended")

    # What it says.

    def wait_until_answers(self, port: int, path: str, fields: dict[str, str] | None = None) -> bytes:
        """The body of its first answer."""
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            self.check_running()
            try:
                return get(port, path, fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        raise self.error(f"does not answer GET {path} on port {port} with 200 within {SECONDS_TO_START} s")

    def wait_until_says(self, text: str) -> str:
        """What stands after the text, in its line."""
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            before, found, after = self.output().partition(text)
            if found and "\n" in after:
                return after.partition("\n")[0]
            self.check_running()
            time.sleep(0.02)
        raise self.error(f"has not said {text!r} within {SECONDS_TO_START} s")

    def wait_until_ends(self, seconds: float) -> float:
        """Waits for a program that ends by itself, and returns the CPU seconds that it took."""
        end = time.monotonic() + seconds
        while os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > end:
                raise self.error(f"has not ended within {seconds:.0f} s")
            time.sleep(0.01)
        cpu = self.cpu_seconds()
        if self.process.wait() != 0:
            raise self.error(f"has ended with status {self.process.returncode}")
        return cpu


class Client:
    """A connection that stays open, to ask for one thing again and again."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()

    def get(self, path: str, fields: dict[str, str] | None = None) -> bytes:
        self.connection.request("GET", path, headers=fields or {})
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise http.client.HTTPException(f"GET {path} was answered with {response.status}")
        return body


def get(port: int, path: str, fields: dict[str, str] | None = None) -> bytes:
    with Client(port) as client:
        return client.get(path, fields)


def free_port(first: int) -> int:
    """The first free port from here on. Not one of the system's choice, which might soon be given to a client; and none
    with connections that have just been closed, which a server without SO_REUSEADDR would not get."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise BenchError(f"no port from {first} to {first + 99} is free")
