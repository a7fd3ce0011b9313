"""The server under test: started and ended here, or only looked at if somebody else has started it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .case import SENTINEL, Case, Failure, expect, get, post
from .client import Client, Malformed, Target

MEMORY_SLACK = 24 * 1024  # KiB that a server may keep: what allocators and garbage collectors hold for the next time.
SECONDS_TO_START = 30
SECONDS_TO_STOP = 15
CRASH = re.compile(rb"fatal error|panic|crashed at|Sanitizer|stack dump|Traceback|core dumped|Assertion", re.IGNORECASE)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A process that serves `target`. If its number is not known, its memory and descriptors are not looked at."""

    def __init__(self, target: Target, process: subprocess.Popen | None = None, log: Path | None = None):
        self.target, self.pid, self.process, self.log = target, target.pid, process, log
        self.memory, self.descriptors = 0, 0

    @classmethod
    def start(cls, command: list[str], path: bytes, tls: bool) -> Server:
        port = free_port()
        log = Path(tempfile.mkstemp(prefix="hostile-http.", suffix=".log")[1])
        # A stream that cannot be reached, since nothing here shall follow Wikipedia; and no limit of requests a second.
        settings = {"WIKIPEDIA_STREAM_URL": f"http://127.0.0.1:{free_port()}/", "RATE_LIMIT_PER_SECOND": "0"}
        environment = {**settings, **os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
        command = [word.replace("{port}", str(port)) for word in command]
        with log.open("wb") as output:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=output)
        server = cls(Target("127.0.0.1", port, path, tls, process.pid), process, log)
        deadline = time.monotonic() + SECONDS_TO_START
        try:
            while not server.answers():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{log.read_text(errors='replace')}\nhostile-http: {command[0]} does not answer")
                time.sleep(0.05)
        except BaseException:  # SIGTERM and Ctrl-C, too: nobody else knows of the server yet.
            server.kill()
            server.forget_log()
            raise
        return server

    def answers(self) -> bool:
        try:
            with Client(self.target) as client:
                client.send(get())
                response = client.read_response()
                return response is not None and response.status == 200
        except (OSError, Malformed):
            return False

    def prepare(self) -> None:
        """Makes sure that the cases can tell the answers apart, and notes what the server needs when it is idle."""
        for request, status in ((get(), 200), (post(b""), 405), (SENTINEL, 404)):
            with Client(self.target) as client:
                client.send(request)
                response = client.read_response()
            if not response or response.status != status:
                raise SystemExit(f"hostile-http: {request.split(b'HTTP')[0]!r} must be answered with {status}, and got "
                                 f"{response.status if response else 'no answer'}: give another path by --url")
        time.sleep(1.5)  # Until those connections are gone.
        if self.pid:
            self.memory, self.descriptors = self.resident_memory(), self.open_descriptors()

    # --- After each block -------------------------------------------------------------------------------------------

    def checks(self) -> list[Case]:
        answer = Case("afterwards, a plain request is answered", "", check=self.check_answer)
        if not self.pid:
            return [answer]
        return [
            answer,
            Case("afterwards, the process is alive", "", check=self.check_alive),
            Case("afterwards, its descriptors are as many as before", "", check=self.check_descriptors),
            Case("afterwards, its memory is back where it was", "", check=self.check_memory),
        ]

    def last_checks(self, profile: str) -> list[Case]:
        log = Case("its log tells of no crash", "", check=self.check_log)
        return [Case("SIGTERM ends it in order", "", check=self.check_end), log] if profile == "ours" else [log]

    def state(self) -> str:
        if not self.pid or not os.path.exists(f"/proc/{self.pid}/fd"):
            return ""
        return f"; {self.resident_memory() / 1024:.0f} MiB, {self.open_descriptors()} descriptors"

    def resident_memory(self) -> int:
        return int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{self.pid}/status").read_text())[1])

    def open_descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def check_answer(self, _: Target) -> None:
        expect(self.answers(), "no answer to a plain request on a new connection")

    def check_alive(self, _: Target) -> None:
        if self.process:
            expect(self.process.poll() is None, f"the process has ended with {self.process.returncode}")
        expect(os.path.exists(f"/proc/{self.pid}"), "the process is gone")

    def check_descriptors(self, _: Target) -> None:
        deadline = time.monotonic() + 5
        while (now := self.open_descriptors()) > self.descriptors:
            if time.monotonic() > deadline:
                before, self.descriptors = self.descriptors, now  # Each block answers for its own.
                raise Failure(f"{now}, and {before} before")
            time.sleep(0.05)

    def check_memory(self, _: Target) -> None:
        deadline = time.monotonic() + 5
        while (now := self.resident_memory()) > self.memory + MEMORY_SLACK:
            if time.monotonic() > deadline:
                raise Failure(f"{now} KiB, and {self.memory} KiB before")
            time.sleep(0.1)

    # --- The end ----------------------------------------------------------------------------------------------------

    def check_end(self, _: Target) -> None:
        """SIGTERM ends it, in time and with 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            raise Failure(f"it still ran {SECONDS_TO_STOP} s later") from None
        expect(status == 0, f"it exited with {status}")

    def check_log(self, _: Target) -> None:
        if found := CRASH.search(text := self.log.read_bytes()):
            line = text[:found.end() + 200].rsplit(b"\n", 1)[0].split(b"\n")[-1]
            raise Failure(f"its log says: {line[:200].decode(errors='replace')}")

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def forget_log(self) -> None:
        if self.log:
            self.log.unlink(missing_ok=True)
