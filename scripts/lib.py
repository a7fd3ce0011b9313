"""What the scripts in Python share: their arguments, and how they build, start and end programs."""

import argparse
import base64
import hmac
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 30
SECONDS_TO_END = 15

# Signs the tokens of the programs that scripts start, and lets scripts make some: nobody has to sign in then.
JWT_SECRET = secrets.token_hex(32)


class Arguments(argparse.ArgumentParser):
    """Says in one sentence what is wrong with the arguments, and exits with 64: EX_USAGE of sysexits.h."""

    def error(self, message: str):
        name = Path(sys.argv[0]).name
        print(f"{name}: {message}; scripts/{name} --help tells what there is", file=sys.stderr)
        sys.exit(64)


def expression(text: str) -> re.Pattern:
    """The type of an argument that is a regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text} is no regular expression: {error}") from error


def set_up() -> None:
    """Before anything is built. What is missing is said by scripts/setup."""
    status = subprocess.run([ROOT / "scripts/setup"], stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode
    if status:
        sys.exit(status)


def end_in_order() -> None:
    """A signal ends the script by way of `finally`, which ends what the script has started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))


def bearer() -> dict[str, str]:
    """The field that opens /stats of a program that was started with JWT_SECRET: a token of RFC 7519, good for an hour."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"sub": "scripts", "iss": "wiki-stats", "iat": now, "nbf": now, "exp": now + 3600}
    claims["jti"] = secrets.token_hex(16)
    signed = f"{part(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{part(json.dumps(claims).encode())}"
    signature = hmac.digest(JWT_SECRET.encode(), signed.encode(), "sha256")
    return {"Authorization": f"Bearer {signed}.{part(signature)}"}


# --- Programs -------------------------------------------------------------------------------------------------------


class ProgramError(Exception):
    """One sentence that says what is wrong, perhaps with the end of a log."""


def latest_chapter() -> str:
    chapters = [path.parent.name for path in ROOT.glob("ch-*/Package.swift")]
    return max(chapters, key=lambda name: int(name.removeprefix("ch-")))


def executable_of(package: str) -> str:
    """The name of a package's one program."""
    description = subprocess.run(
        ["swift", "package", "--package-path", package, "dump-package"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    products = json.loads(description.stdout)["products"]
    return next(product["name"] for product in products if "executable" in product["type"])


def build(package: str, product: str, *options: str) -> str:
    """Builds a program with the options of `swift build`, `--configuration release` for example; returns its path."""
    log = ROOT / ".build/logs" / f"{package.replace('/', '-')}.{product}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = ["swift", "build", "--package-path", package, *options]
    with log.open("w") as output:
        built = subprocess.run(
            [*command, "--product", product], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    if built.returncode != 0:
        end = "\n    ".join(log.read_text().splitlines()[-30:])
        raise ProgramError(f"{package} does not build; the whole log is {log}\n    {end}")
    folder = subprocess.run([*command, "--show-bin-path"], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    return str(Path(folder.stdout.strip()) / product)


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

    def error(self, text: str) -> ProgramError:
        lines = self.output().splitlines()[-20:]
        return ProgramError("\n    ".join([f"{self.name} {text}; the end of what it said:", *(lines or ["(nothing)"])]))

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def check_running(self) -> None:
        if self.process.poll() is not None:
            raise self.error(f"has ended with status {self.process.returncode}")

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


class StatusError(http.client.HTTPException):
    """An answer that is not 200."""

    def __init__(self, path: str, status: int):
        super().__init__(f"GET {path} was answered with {status}")
        self.status = status


class Client:
    """A connection that stays open, to ask for one thing again and again."""

    def __init__(self, port: int, seconds: float = 10):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()

    def get(self, path: str, fields: dict[str, str] | None = None) -> bytes:
        self.connection.request("GET", path, headers=fields or {})
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise StatusError(path, response.status)
        self.fields = response.headers  # of the last answer
        return body


def get(port: int, path: str, fields: dict[str, str] | None = None, seconds: float = 10) -> bytes:
    with Client(port, seconds) as client:
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
    raise ProgramError(f"no port from {first} to {first + 99} is free")
