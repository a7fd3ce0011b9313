"""ch-3: a program that follows a stream and keeps what it has counted in Cassandra."""

import http.client
import json
import subprocess
import threading
import time
import zlib
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from lib import JWT_SECRET, ROOT, Program, ProgramError, StatusError, bearer, free_port, get

from .comparison import differences
from .plan import plan
from .report import Report
from .run import carry_out
from .victims import EngineVictim, ProgramVictim

PROGRAM, ENGINE = "wiki-stats", "cassandra"
STREAM_PATH = "/v2/stream/recentchange"
PYTHON_WITH_DRIVER = ROOT / ".tools/bin/python"

# The stream at its worst; a connection brings more events than the program goes back by when it resumes.
SIMULATOR_SWITCHES = (
    "--step-back-every 300 --canary-every 50 --malformed-every 500 --huge-every 20000 --fail-every 25 --retry 20 "
    "--disconnect-every-events 2000 --disconnect-in-frame --disconnect-abruptly"
)
# Short ones let more kills meet a flush, of the program's or of Cassandra's; with a long one more is lost by them.
FLUSH_INTERVALS_MS = (20, 100, 1000)
# Texts in the log of the program that show what the faults have led to.
CONSEQUENCES = {
    "loaded": '"message":"counts read from Cassandra"',
    "with rows ahead": '"rowsAhead":true',
    "stepped back": '"message":"Cassandra has lost what it had acknowledged',
    "waited for room": '"message":"the stream waits',
}
# Tables of /stats, in which each event is once.
TABLES = ("by_server_url", "by_server_name")
# What the rows of each kind are compared with, and the number of buckets that users are in: exactly-once in effect
# stands on it that neither ever changes.
KINDS = {"server_url": "by_server_url", "server_name": "by_server_name"}
BUCKETS = 16

BACKLOG_SECONDS = 4
SECONDS_WITHOUT_PROGRESS = 90
SECONDS_TO_FLUSH = 30
SECONDS_TO_FOLLOW_ON = 4
SECONDS_BETWEEN_LINES = 30


def run(given: Namespace, programs: dict[str, str], folder: Path, report: Report) -> None:
    """Everything, from the first start to the last comparison."""
    over = threading.Event()
    with Stream(given, programs["simulator"], folder) as stream:
        victims = Victims(given, programs[PROGRAM], folder, report, over, stream)
        try:
            victims.start()
            Trial(given, report, stream, victims).run()
        finally:
            over.set()
            victims.end()


# --- What takes part ------------------------------------------------------------------------------------------------


class Stream:
    """The simulator: the stream that is followed, and the oracle that knows what must be counted."""

    def __init__(self, given: Namespace, command: str, folder: Path):
        self.given, self.command, self.folder = given, command, folder
        self.port = free_port(given.port)
        self.url = f"http://127.0.0.1:{self.port}{STREAM_PATH}"
        self.process: Program | None = None

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *arguments) -> None:
        if self.process:
            self.process.__exit__(*arguments)

    def start(self, total: int, rate: int) -> None:
        """So many events, at this rate from the first reader on; with 0 as fast as they are read."""
        self.__exit__(None, None, None)
        self.total = total
        # Also a short stream changes from one data centre to the other.
        stretch = max(1000, self.given.events // 20)
        switches = f"{SIMULATOR_SWITCHES} --port {self.port} --total {total} --seed {self.given.seed} "
        # It waits while nobody reads for long, or else what is left would come at once, and the next faults too late.
        switches += f"--topic-stretch {stretch} --rate {rate} --backlog {BACKLOG_SECONDS * rate}"
        self.process = Program(f"simulator of {total}", [self.command, *switches.split()], self.folder)
        self.process.wait_until_says("listening on ")

    def expected(self) -> dict[str, Any]:
        return json.loads(get(self.port, "/expected?by_user=all", seconds=60))


class Victims:
    """The program and its engine."""

    def __init__(
        self, given: Namespace, command: str, folder: Path, report: Report, over: threading.Event, stream: Stream
    ):
        self.port = free_port(stream.port + 1)
        self.keyspace = f"faults_{given.seed}"
        random = Random(given.seed)
        settings = {
            "HOST": "127.0.0.1", "PORT": str(self.port), "LOG_LEVEL": "info", "WIKIPEDIA_STREAM_URL": stream.url,
            "JWT_SECRET": JWT_SECRET, "STORAGE": given.storage,
        }
        self.engine: EngineVictim | None = None
        if given.storage == "cassandra":
            port = 9042 if given.uses_docker else free_port_pair(self.port + 1)
            self.engine = EngineVictim(ENGINE, report, over, given.commands, folder / ENGINE, port)
            self.address = f"127.0.0.1:{port}"
            settings |= {"CASSANDRA_CONTACT_POINTS": self.address, "CASSANDRA_KEYSPACE": self.keyspace}
        self.program = ProgramVictim(
            PROGRAM, report, over, [command], folder,
            lambda: settings | {"FLUSH_INTERVAL_MS": str(random.choice(FLUSH_INTERVALS_MS))})
        self.all = [self.program, *([self.engine] if self.engine else [])]

    def start(self) -> None:
        if self.engine:
            self.engine.start()

    def end(self) -> None:
        for victim in self.all:
            victim.end()

    def stats(self) -> dict[str, Any] | None:
        """The answer of GET /stats; `None` if there is none, because the program is down, frozen or loading.

        Throws StatusError for an answer that is neither that nor 503, which it gives while it loads.
        """
        try:
            return json.loads(get(self.port, "/stats", bearer(), seconds=2))
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, StatusError) and error.status != 503:
                raise
            return None

    def query(self, statement: str) -> list[dict[str, Any]]:
        """The rows that a statement of CQL gives; `{keyspace}` stands for the run's own."""
        statement = statement.replace("{keyspace}", self.keyspace)
        command = [PYTHON_WITH_DRIVER, Path(__file__).parent / "cql.py", self.address, statement]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if result.returncode:
            raise ProgramError(f"{statement} fails: {result.stderr.strip()[-1000:]}")
        return [json.loads(line) for line in result.stdout.splitlines()]


def free_port_pair(first: int) -> int:
    """The first port from here on that is free, as is the one after it."""
    port = free_port(first)
    while free_port(port + 1) != port + 1:
        port = free_port(port + 1)
    return port


# --- What must be true ----------------------------------------------------------------------------------------------


class Trial:
    def __init__(self, given: Namespace, report: Report, stream: Stream, victims: Victims):
        self.given, self.report, self.stream, self.victims = given, report, stream, victims
        self.program = victims.program
        self.messages = 0
        self.inconsistent: list[str] = []
        self.looks = 0
        self.hits = 0
        self.line_at = 0.0

    def run(self) -> None:
        given, total = self.given, self.given.events
        self.stream.start(total, max(1, round(total / given.seconds)))
        self.program.start()
        self.await_messages(1)
        faults = plan(
            Random(given.seed), given.seconds, PROGRAM, ENGINE, kills=given.kills, stops=given.stops,
            engine_kills=given.engine_kills, freezes=given.freezes)
        faults = [fault for fault in faults if fault.victim == PROGRAM or self.victims.engine]

        def look(done: int) -> None:
            self.look(f"{done} of {len(faults)} faults")
            if self.messages < total:
                self.hits = done

        carry_out(faults, self.victims.all, self.program.over, look)
        self.tell(Counter(f"{fault.action} {fault.victim}" for fault in faults), len(faults))
        self.report.check("every answer of /stats added up", self.inconsistent)
        self.compare("after the faults")

        self.program.kill()
        # It resumes earlier than where it was, so all that comes now has been counted already.
        self.compare("after another kill")
        time.sleep(SECONDS_TO_FOLLOW_ON)
        self.compare("some seconds later")

        self.program.stop_now()
        self.stream.start(total + max(1000, total // 20), 0)
        self.program.start()
        if self.compare("after a stop, and more events") and self.victims.engine:
            self.report.check("rows changed by hand are found", self.planted_changes_not_found())
        self.report.check("the program ended when it was asked to, and only then", self.wrong_endings())
        self.report.check("its log tells of no crash, and of nothing lost", self.alarming_lines())

    def tell(self, counts: Counter[str], of: int) -> None:
        """What has happened, and what came of it."""
        logs = [log.read_text(errors="replace") for log in self.program.logs()]
        found = {what: sum(log.count(text) for log in logs) for what, text in CONSEQUENCES.items()}
        self.report.say(f"{listed(counts)}; {self.hits} of {of} while events flowed")
        idle = [] if self.hits * 2 >= of else [f"{self.hits} of {of} faults came while events flowed"]
        self.report.check("most faults met events", idle)
        self.report.say(f"the program lived {self.program.lives} times; {listed(found)}; "
                        f"{self.looks} answers of /stats")

    # While faults happen.

    def look(self, meanwhile: str) -> dict[str, Any] | None:
        """What /stats says now, if anything; it must add up."""
        self.program.revive()
        stats = None
        try:
            stats = self.victims.stats()
        except StatusError as error:
            self.inconsistent.append(str(error))
        if stats:
            self.looks += 1
            self.messages = stats["messages"]
            sums = {table: sum(stats[table].values()) for table in TABLES}
            sums["bots + non_bots"] = stats["bots"] + stats["non_bots"]
            for what, number in sums.items():
                if number != self.messages:
                    self.inconsistent.append(f"messages is {self.messages}, and {what} {number}")
            if self.messages > self.stream.total:
                self.inconsistent.append(f"messages is {self.messages}, of {self.stream.total} that there are")
        if self.report.seconds() - self.line_at >= SECONDS_BETWEEN_LINES:
            self.line_at = self.report.seconds()
            events = f"{max(0, self.messages):,} of {self.stream.total:,} events"
            self.report.say(f"{self.line_at:7.1f} s  {meanwhile}, {events}")
        return stats

    # Afterwards.

    def compare(self, when: str) -> bool:
        """Waits until everything is counted, and compares it with what should be."""
        expected = self.stream.expected()
        actual = self.await_messages(self.stream.total)
        wanted = {key: expected[key] for key in ("messages", "distinct_users", "bots", "non_bots", *TABLES)}
        wrong = list(differences(wanted, actual)) if actual else ["there is no answer"]
        is_right = self.report.check(f"{when}: /stats is what it should be", wrong)
        if self.victims.engine:
            try:
                wrong = self.wrong_rows(expected)
            except ProgramError as error:
                wrong = [str(error)]
            is_right &= self.report.check(f"{when}: so is each row in Cassandra", wrong)
        return is_right

    def await_messages(self, count: int) -> dict[str, Any] | None:
        """What /stats says when it has so many, or else when it has not moved for a long time."""
        stats, last_change = None, time.monotonic()
        self.messages = -1
        while time.monotonic() < last_change + SECONDS_WITHOUT_PROGRESS and self.messages < count:
            before = self.messages
            stats = self.look("waiting") or stats
            if self.messages != before:
                last_change = time.monotonic()
            time.sleep(0.2)
        return stats

    def wrong_rows(self, expected: dict[str, Any]) -> list[str]:
        """Waits for the last flush; then what is wrong in Cassandra."""
        end = time.monotonic() + SECONDS_TO_FLUSH
        select = "SELECT messages FROM {keyspace}.shard LIMIT 1"
        while not any(row["messages"] == expected["messages"] for row in self.victims.query(select)):
            if time.monotonic() > end:
                break
            time.sleep(0.5)
        rows = self.victims.query("SELECT * FROM {keyspace}.shard")
        users = self.victims.query("SELECT * FROM {keyspace}.user_count")
        return wrong_rows(expected, rows, users)

    def planted_changes_not_found(self) -> list[str]:
        """A comparison that finds nothing must have shown that it can."""
        expected = self.stream.expected()
        site = max(expected["by_server_name"], key=expected["by_server_name"].get)
        user = max(expected["by_user"], key=expected["by_user"].get)
        for statement in (
            "UPDATE {keyspace}.shard SET count = 1 "
            f"WHERE shard = 'stream' AND kind = 'server_name' AND name = '{site}'",
            "UPDATE {keyspace}.user_count SET count = 1, version = 1 "
            f"WHERE shard = 'stream' AND bucket = {bucket_of('nobody')} AND name = 'nobody'",
            f"DELETE FROM {{keyspace}}.user_count WHERE shard = 'stream' AND bucket = {bucket_of(user)} "
            f"AND name = '{quoted(user)}'",
            "UPDATE {keyspace}.shard SET bots = 0 WHERE shard = 'stream'",
        ):
            self.victims.query(statement)
        found = self.wrong_rows(expected)
        wanted = ("server_name", "'nobody'", repr(user), "bots")
        return [f"{what} is not found" for what in wanted if not any(what in line for line in found)] + \
            ([] if len(found) == len(wanted) else [f"other differences are: {found}"])

    def wrong_endings(self) -> list[str]:
        return self.program.endings + [
            f"a stop ended with status {status}" for status in self.program.statuses if status != 0
        ]

    def alarming_lines(self) -> list[str]:
        return [line for log in self.program.logs() for line in alarming(log.read_text(errors="replace"))]


def wrong_rows(expected: dict[str, Any], rows: list[dict[str, Any]], users: list[dict[str, Any]]) -> list[str]:
    """What is wrong in the tables `shard` and `user_count`, after the last flush."""
    if not rows:
        return ["there is no row in the table shard"]
    static = {key: rows[0][key] for key in ("shard", "version", "messages", "bots", "users")}
    wrong = list(differences({
        "shard": "stream", "version": expected["messages"], "messages": expected["messages"], "bots": expected["bots"],
        "users": expected["distinct_users"],
    }, static, "shard"))
    if not rows[0]["position"]:
        wrong.append("shard['position'] is not set")
    kinds: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        kinds[row["kind"]][row["name"]] = row["count"]
        wrong += wrong_version(f"shard[{row['kind']!r}][{row['name']!r}]", row["row_version"], static["version"])
    wrong += differences({kind: expected[table] for kind, table in KINDS.items()}, dict(kinds), "shard")
    for row in users:
        where = f"user_count[{row['name']!r}]"
        wrong += wrong_version(where, row["version"], static["version"])
        wrong += differences(bucket_of(row["name"]), row["bucket"], f"{where}['bucket']")
    wrong += differences(expected["by_user"], {row["name"]: row["count"] for row in users}, "user_count")
    return wrong


def wrong_version(where: str, version: int | None, of_shard: int) -> list[str]:
    is_right = version is not None and 0 < version <= of_shard
    return [] if is_right else [f"{where} has version {version}, and the shard {of_shard}"]


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in counts.items())


def bucket_of(name: str) -> int:
    return zlib.crc32(name.encode()) % BUCKETS


def quoted(text: str) -> str:
    return text.replace("'", "''")


def alarming(log: str) -> list[str]:
    """Lines that no healthy program writes: whatever is no JSON (a crash), and errors, which tell of something lost."""
    found = []
    # What a kill has cut is no line.
    for line in log.splitlines(keepends=True):
        try:
            entry = json.loads(line) if line.endswith("\n") else {}
        except ValueError:
            entry = {"level": "critical"}
        if entry.get("level") in {"error", "critical"}:
            found.append(line.strip())
    return found
