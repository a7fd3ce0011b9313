"""The time to answer `GET /status`, alone and while more sign in than can be served."""

import http.client
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from benchmark.load import FIRST_ADDRESS, wrk
from benchmark.programs import Program
from benchmark.results import OURS, Measurement, Result, duration, interleave, rounded
from benchmark.settings import Settings, Work
from lib import ProgramError, free_port

# As many as may wait for their turn (PasswordVerifier).
CLIENTS = 64
# Fewer than may fail at once, for one address (LoginLimiter): what is being checked counts as failed until it is not.
CLIENTS_PER_ADDRESS = 8
# Between two logins of a client: what floods shares the cores with what is flooded, and must not be what takes them.
PAUSE_SECONDS = 0.05
PASSWORD = "correct horse battery staple"
# Nobody listens there.
NO_STREAM = "http://127.0.0.1:9/"


class Flood:
    """Clients that sign in again and again, each on a connection of its own, until the block ends."""

    def __init__(self, port: int, user: Callable[[int], str], address: Callable[[int], str], password: str):
        self.port, self.password = port, password
        self.answers: dict[int, int] = {}
        self.lock, self.is_over = threading.Lock(), threading.Event()
        self.clients = [threading.Thread(target=self._sign_in, args=(user(n), address(n))) for n in range(CLIENTS)]

    def __enter__(self) -> "Flood":
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_) -> None:
        self.is_over.set()
        for client in self.clients:
            client.join()

    def _sign_in(self, user: str, address: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(address, 0))
        body = json.dumps({"username": user, "password": self.password})
        try:
            while not self.is_over.wait(PAUSE_SECONDS):
                connection.request("POST", "/login", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                with self.lock:
                    self.answers[response.status] = self.answers.get(response.status, 0) + 1
        except (OSError, http.client.HTTPException):
            with self.lock:
                self.answers[0] = self.answers.get(0, 0) + 1
        finally:
            connection.close()


@contextmanager
def server_with_users(settings: Settings) -> Iterator[tuple[Program, int]]:
    hashed = subprocess.run([settings.ours, "hash-password"], input=PASSWORD, text=True, capture_output=True)
    if hashed.returncode != 0:
        raise ProgramError(f"hash-password says: {hashed.stderr.strip()}")
    users = settings.scratch / "users"
    users.write_text("".join(f"user{number}:{hashed.stdout.strip()}\n" for number in range(CLIENTS)))
    users.chmod(0o600)
    port = free_port(settings.first_port)
    environment = {
        "PORT": str(port),
        "WIKIPEDIA_STREAM_URL": NO_STREAM,
        "LOG_LEVEL": "warning",
        "USERS_FILE": str(users),
    }
    with Program("our server", [settings.ours], settings.scratch, environment) as program:
        program.wait_until_answers(port, "/status")
        yield program, port


def status_during_logins(settings: Settings) -> Result:
    with server_with_users(settings) as (program, port):
        url = f"http://127.0.0.1:{port}/status"

        def alone() -> Measurement:
            # One after the other: more at a time would wait for each other, and that would be what is measured.
            load = wrk(url, settings.seconds, connections=1)
            return Measurement(per_second=load.per_second, more={"p50": load.p50, "p99": load.p99_seconds})

        def during(flood: Callable[[], Flood], expected: int) -> Measurement:
            with flood() as running:
                measurement = alone()
            logins = running.answers.get(expected, 0)
            if logins * 2 < sum(running.answers.values()) or logins == 0:
                raise program.error(f"answered logins with {running.answers}, where {expected} was expected")
            measurement.more["logins_per_second"] = logins / settings.seconds
            return measurement

        def own_address(client: int) -> str:
            return f"127.0.0.{FIRST_ADDRESS + client // CLIENTS_PER_ADDRESS}"

        rounds = interleave(
            settings.rounds,
            {
                OURS: alone,
                "checked": lambda: during(
                    lambda: Flood(port, lambda client: f"user{client}", own_address, PASSWORD), 200
                ),
                "refused": lambda: during(
                    lambda: Flood(port, lambda _: "nobody", lambda _: f"127.0.0.{FIRST_ADDRESS - 1}", "wrong"), 429
                ),
            },
        )
        rounds[OURS][-1].peak_bytes = program.peak_bytes()

    def told(program: str, quantity: str) -> float:
        return median(measurement.more[quantity] for measurement in rounds[program])

    def sentence(name: str, what: str) -> str:
        return (
            f"p99 {duration(told(name, 'p99'))} (p50 {duration(told(name, 'p50'))}) "
            f"while {rounded(told(name, 'logins_per_second'))} logins/s are {what}"
        )

    note = f"p99 {duration(told(OURS, 'p99'))} (p50 {duration(told(OURS, 'p50'))}) alone, "
    note += f"{sentence('checked', 'checked')}, {sentence('refused', 'refused with 429')}"
    result = Result(f"`GET /status`, one connection, beside {CLIENTS} that sign in", "request", rounds, note)
    for name in ("checked", "refused"):
        rounds[OURS][-1].more[name] = [measurement.more for measurement in rounds.pop(name)]
    return result


WORKS = {"logins": Work(status_during_logins, needs=("wrk", "ours"))}
