"""What faults happen to: a program that is started here, and an engine that commands start."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lib import Program, ProgramError

from .report import Report

SECONDS_TO_STOP = 60
"""From SIGTERM to the end of a program, and for a command that ends or freezes an engine. Only there to end a hang."""
SECONDS_TO_START_ENGINE = 180


class Victim:
    """One thing at a time happens to a victim, although several threads want something of it."""

    def __init__(self, name: str, report: Report, over: threading.Event):
        self.name, self.report, self.over = name, report, over
        self.lock = threading.Lock()

    def kill(self) -> None:
        """Without a warning; it is started again at once."""
        with self.lock:
            self.report.happened(f"kill {self.name}")
            self.kill_now()
            self.start()

    def stop(self) -> None:
        """As an operator does, who then starts it again."""
        with self.lock:
            self.report.happened(f"stop {self.name}")
            self.stop_now()
            self.start()

    def freeze(self, seconds: float, has_begun: threading.Event | None = None) -> None:
        with self.lock:
            self.report.happened(f"freeze {self.name} for {seconds:.1f} s")
            self.freeze_now()
            if has_begun:
                has_begun.set()
            self.over.wait(seconds)
            self.thaw_now()
            self.report.happened(f"thaw {self.name}")

    # What is different from one kind of victim to the other; the lock is held.

    def start(self) -> None:
        raise NotImplementedError

    def kill_now(self) -> None:
        raise NotImplementedError

    def stop_now(self) -> None:
        raise NotImplementedError

    def freeze_now(self) -> None:
        raise NotImplementedError

    def thaw_now(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """Whatever state it is in."""
        raise NotImplementedError


class ProgramVictim(Victim):
    """A program with as many lives as it takes; each has its own environment, and a log of its own."""

    def __init__(
        self, name: str, report: Report, over: threading.Event, command: list[str], folder: Path,
        environment: Callable[[], dict[str, str]],
    ):
        super().__init__(name, report, over)
        self.command, self.folder, self.environment = command, folder, environment
        self.life: Program | None = None
        self.lives = 0
        self.statuses: list[int] = []
        """What it ended with after SIGTERM."""
        self.endings: list[str] = []
        """How it ended although nobody had asked for it."""

    def start(self) -> None:
        if self.over.is_set():
            return
        self.lives += 1
        self.life = Program(f"{self.name} {self.lives}", self.command, self.folder, self.environment())

    def logs(self) -> list[Path]:
        return [self.folder / f"{self.name}-{number}.log" for number in range(1, self.lives + 1)]

    def revive(self) -> None:
        """Starts it again if it has ended by itself, which it must not."""
        if not self.lock.acquire(blocking=False):
            return
        try:
            if self.has_ended():
                self.over.wait(1)
                self.start()
        finally:
            self.lock.release()

    def has_ended(self) -> bool:
        if self.life is None or self.life.process.poll() is None:
            return False
        self.endings.append(f"life {self.lives} ended by itself, with status {self.life.process.returncode}")
        self.report.happened(self.endings[-1])
        self.life = None
        return True

    def kill_now(self) -> None:
        if self.life and not self.has_ended():
            self.life.process.kill()
            self.life.process.wait()
        self.life = None

    def stop_now(self) -> None:
        if not self.life or self.has_ended():
            return
        self.life.process.terminate()
        try:
            self.statuses.append(self.life.process.wait(SECONDS_TO_STOP))
        except subprocess.TimeoutExpired:
            self.endings.append(f"life {self.lives} did not end within {SECONDS_TO_STOP} s of SIGTERM")
            self.kill_now()
        self.life = None

    def freeze_now(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw_now(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: int) -> None:
        if self.life:
            self.life.process.send_signal(number)

    def end(self) -> None:
        if self.life and self.life.process.poll() is None:
            self.life.process.kill()
            self.life.process.wait()


class EngineVictim(Victim):
    """A server of others, started, killed and frozen by commands of a shell.

    They find DIR and PORT in the environment; the one that starts it returns when it answers.
    """

    def __init__(
        self, name: str, report: Report, over: threading.Event, commands: dict[str, str], folder: Path, port: int
    ):
        super().__init__(name, report, over)
        self.commands, self.folder, self.port = commands, folder, port
        self.starting: subprocess.Popen | None = None
        folder.mkdir()

    def start(self) -> None:
        if not self.over.is_set():
            self.command("start", SECONDS_TO_START_ENGINE)
            self.report.happened(f"{self.name} answers")

    def command(self, name: str, seconds: float = SECONDS_TO_STOP) -> None:
        said = self.folder / f"{name}.said"
        with said.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", self.commands[name]],
                env=os.environ | {"DIR": str(self.folder), "PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        is_start = name == "start"
        if is_start:
            self.starting = process
        end = time.monotonic() + seconds
        # Whoever ends the run does not wait until an engine has started.
        while process.poll() is None and time.monotonic() < end and not (is_start and self.over.is_set()):
            time.sleep(0.02)
        status = process.poll()
        if status is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if status != 0 and not self.over.is_set():
            how = f"has not ended within {seconds} s" if status is None else f"ended with {status}"
            output = said.read_text(errors="replace")[-2000:]
            raise ProgramError(f"{self.commands[name]!r}, to {name} {self.name}, {how}: {output}")

    def kill_now(self) -> None:
        self.command("kill")

    def stop_now(self) -> None:
        self.command("kill")

    def freeze_now(self) -> None:
        self.command("freeze")

    def thaw_now(self) -> None:
        self.command("thaw")

    def end(self) -> None:
        # First, so that a thread that is just about to start it gives up.
        self.over.set()
        if self.starting is None:
            return
        self.command("end")
        # The command that starts it, if it is still waiting, and what it has left in its session.
        with suppress(ProcessLookupError):
            os.killpg(self.starting.pid, signal.SIGKILL)
        self.starting.wait()
