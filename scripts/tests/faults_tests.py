#!/usr/bin/env python3
"""Tests of the parts of scripts/faults: `python3 scripts/tests/faults_tests.py`. scripts/tests/run runs them."""

import base64
import copy
import json
import os
import signal
import sys
import tempfile
import threading
import time
import unittest
import zlib
from collections import Counter
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fault_runs import wiki_stats  # noqa: E402
from fault_runs.comparison import differences  # noqa: E402
from fault_runs.plan import Fault, plan  # noqa: E402
from fault_runs.report import Report  # noqa: E402
from fault_runs.run import Clock, carry_out  # noqa: E402
from fault_runs.victims import EngineVictim, ProgramVictim, Victim  # noqa: E402
from lib import ProgramError, bearer  # noqa: E402

COUNTS = {"kills": 50, "stops": 5, "engine_kills": 10, "freezes": 20}
# Only there to end a hang.
HANG_SECONDS = 60


class SilentReport(Report):
    def __init__(self) -> None:
        super().__init__(verbose=True)
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


class PlanTests(unittest.TestCase):
    def faults(self, seed: int, **counts: int) -> list[Fault]:
        return plan(Random(seed), 900, "program", "engine", **(COUNTS | counts))

    def test_the_same_seed_gives_the_same_faults_and_another_seed_others(self):
        self.assertEqual(self.faults(1), self.faults(1))
        self.assertNotEqual(self.faults(1), self.faults(2))

    def test_there_are_as_many_of_each_as_asked_for(self):
        counts = Counter((fault.victim, fault.action) for fault in self.faults(3))
        self.assertEqual(counts, {
            ("program", "kill"): 50, ("program", "stop"): 5, ("engine", "kill"): 10, ("program", "freeze"): 10,
            ("engine", "freeze"): 10,
        })

    def test_they_are_in_order_and_happen_while_events_flow(self):
        for seed in range(100):
            times = [fault.at for fault in self.faults(seed)]
            self.assertEqual(times, sorted(times))
            self.assertGreater(times[0], 0)
            self.assertLess(times[-1], 900)

    def test_kills_also_come_in_pairs_and_while_the_engine_is_away_and_engines_die_while_the_program_is_frozen(self):
        faults = self.faults(4)
        kills = [fault.at for fault in faults if (fault.victim, fault.action) == ("program", "kill")]
        engines = [fault for fault in faults if (fault.victim, fault.action) == ("engine", "kill")]
        self.assertGreaterEqual(sum(later - earlier < 2.1 for earlier, later in zip(kills, kills[1:])), 12)
        self.assertGreaterEqual(sum(any(0 <= at - engine.at <= 6 for engine in engines) for at in kills), 10)
        self.assertEqual(sum(engine.seconds > 0 for engine in engines), 3)

    def test_freezes_of_a_short_run_are_short(self):
        faults = plan(Random(1), 8, "program", "engine", **(COUNTS | {"freezes": 200}))
        self.assertLessEqual(max(fault.seconds for fault in faults), 2)

    def test_without_an_engine_to_kill_all_kills_of_the_program_remain(self):
        self.assertEqual(sum(fault.action == "kill" for fault in self.faults(1, engine_kills=0)), 50)


class ComparisonTests(unittest.TestCase):
    def check(self, expected, actual, *sentences: str):
        self.assertEqual(list(differences(expected, actual)), list(sentences))

    def test_equal_values_have_no_difference(self):
        self.check({"a": 1, "b": {"c": [1, 2], "d": "x"}}, {"b": {"d": "x", "c": [1, 2]}, "a": 1})

    def test_a_number_that_is_off_says_by_how_much(self):
        self.check({"a": {"b.org": 3}}, {"a": {"b.org": 5}}, "a['b.org'] is 5, and should be 3 (+2)")

    def test_what_is_missing_and_what_is_too_much_is_named(self):
        self.check({"a": 1}, {"b": 2}, "a is missing, and should be 1", "b is 2, and should not be there")

    def test_every_difference_is_named(self):
        self.assertEqual(len(list(differences({"a": {str(n): n for n in range(100)}}, {"a": {}}))), 100)

    def test_values_of_different_kinds_differ(self):
        self.check(1, True, "it is True, and should be 1")
        self.check({"a": 1}, {"a": "1"}, "a is '1', and should be 1")
        self.check({"a": {}}, {"a": None}, "a is None, and should be {}")


class RowTests(unittest.TestCase):
    """Rows as Cassandra has them after three events, and what becomes of it when one is wrong."""

    expected = {
        "messages": 3, "bots": 1, "non_bots": 2, "distinct_users": 2,
        "by_server_url": {"https://a.org": 2, "https://b.org": 1}, "by_server_name": {"a.org": 2, "b.org": 1},
        "by_user": {"Ada": 2, "Übermut's": 1},
    }

    def setUp(self):
        static = {"shard": "stream", "version": 3, "messages": 3, "bots": 1, "users": 2, "position": "00"}
        self.rows = [
            static | {"kind": kind, "name": name, "count": count, "row_version": 3}
            for kind, table in wiki_stats.KINDS.items() for name, count in self.expected[table].items()
        ]
        self.users = [
            {"shard": "stream", "bucket": zlib.crc32(name.encode()) % 16, "name": name, "count": count, "version": 2}
            for name, count in self.expected["by_user"].items()
        ]

    def wrong(self) -> list[str]:
        return wiki_stats.wrong_rows(self.expected, self.rows, self.users)

    def test_right_rows_are_right(self):
        self.assertEqual(self.wrong(), [])

    def test_no_rows_at_all(self):
        self.rows = []
        self.assertEqual(self.wrong(), ["there is no row in the table shard"])

    def test_each_static_column_is_looked_at(self):
        for column in ("shard", "version", "messages", "bots", "users", "position"):
            rows = copy.deepcopy(self.rows)
            for row in self.rows:
                row[column] = "" if column == "position" else 17
            self.assertIn(f"shard[{column!r}] is ", " ".join(self.wrong()))
            self.rows = rows

    def test_each_column_of_a_row_is_looked_at(self):
        for column, value in {"count": 1, "row_version": 4, "kind": "servers", "name": "c.org"}.items():
            row = dict(self.rows[0])
            self.rows[0][column] = value
            self.assertNotEqual(self.wrong(), [], column)
            self.rows[0] = row

    def test_each_column_of_a_user_is_looked_at(self):
        for column, value in {"count": 1, "version": 4, "bucket": 16, "name": "Bob"}.items():
            user = dict(self.users[0])
            self.users[0][column] = value
            self.assertNotEqual(self.wrong(), [], column)
            self.users[0] = user

    def test_versions_must_be_set(self):
        self.users[0]["version"] = None
        self.assertEqual(self.wrong(), ["user_count['Ada'] has version None, and the shard 3"])

    def test_a_row_too_many_or_too_few(self):
        bucket = wiki_stats.bucket_of("x")
        self.users.append({"shard": "stream", "bucket": bucket, "name": "x", "count": 1, "version": 1})
        self.assertEqual(self.wrong(), ["user_count['x'] is 1, and should not be there"])
        del self.users[1:]
        self.assertEqual(self.wrong(), ["user_count[\"Übermut's\"] is missing, and should be 1"])


class LogTests(unittest.TestCase):
    def test_crashes_and_errors_are_alarming_and_warnings_are_not(self):
        lines = ['{"level":"warning"}', '{"level":"error"}', "Fatal error: c", '{"level":"info"}']
        self.assertEqual(wiki_stats.alarming("\n".join(lines) + "\n"), [lines[1], lines[2]])

    def test_what_a_kill_has_cut_is_not(self):
        self.assertEqual(wiki_stats.alarming('{"level":"info"}\n{"level":"err'), [])


class TokenTests(unittest.TestCase):
    def test_it_has_three_parts_of_base64url_without_padding_and_the_claims(self):
        head, claims, signature = bearer()["Authorization"].removeprefix("Bearer ").split(".")
        self.assertEqual(len(signature), 43)
        self.assertNotIn("=", head + claims)
        decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        self.assertEqual(decoded.keys(), {"sub", "iss", "iat", "nbf", "exp", "jti"})


class ClockTests(unittest.TestCase):
    def setUp(self):
        self.time = 100.0
        self.clock = Clock(lambda: self.time)

    def after(self, seconds: float) -> float:
        self.time += seconds
        return self.clock.seconds()

    def test_it_begins_with_0_and_goes_on(self):
        self.assertEqual([self.after(0), self.after(2), self.after(3)], [0, 2, 5])

    def test_it_stands_still_while_something_takes_longer(self):
        with self.clock.goes_on_for(6):
            self.assertEqual([self.after(5), self.after(5), self.after(50)], [5, 6, 6])
        self.assertEqual([self.after(0), self.after(1)], [6, 7])

    def test_what_takes_no_longer_does_not_stop_it(self):
        with self.clock.goes_on_for(6):
            self.after(5)
        self.assertEqual(self.after(5), 10)

    def test_of_two_the_first_to_take_longer_stops_it_until_it_ends(self):
        with self.clock.goes_on_for(6):
            self.after(4)
            with self.clock.goes_on_for(6):
                self.assertEqual(self.after(4), 6)
            self.assertEqual(self.after(4), 6)
        self.assertEqual(self.after(4), 10)


class RecordingVictim(Victim):
    """Notes what happens to it."""

    def __init__(self, name: str, over: threading.Event, happened: list[str]):
        super().__init__(name, SilentReport(), over)
        self.happened = happened
        for action in ("start", "kill_now", "stop_now", "freeze_now", "thaw_now"):
            setattr(self, action, lambda action=action: happened.append(f"{action} {name}"))


class CarryOutTests(unittest.TestCase):
    def setUp(self):
        self.over = threading.Event()
        self.happened: list[str] = []
        self.victims = [RecordingVictim(name, self.over, self.happened) for name in ("program", "engine")]

    def test_every_fault_happens_in_order(self):
        faults = [Fault(0, "program", "kill"), Fault(0.1, "program", "stop"), Fault(0.2, "program", "freeze", 0.01)]
        looks: list[int] = []
        carry_out(faults, self.victims, self.over, looks.append)
        self.assertEqual(self.happened, [
            "kill_now program", "start program", "stop_now program", "start program", "freeze_now program",
            "thaw_now program",
        ])
        self.assertTrue(looks)

    def test_an_engine_can_die_while_the_program_is_frozen(self):
        carry_out([Fault(0, "engine", "kill", 0.3)], self.victims, self.over, lambda _: None)
        self.assertEqual(self.happened, ["freeze_now program", "kill_now engine", "start engine", "thaw_now program"])

    def test_an_error_ends_it_and_what_is_frozen_is_thawed(self):
        def fail():
            raise ProgramError("no engine")

        self.victims[1].start = fail
        faults = [Fault(0, "program", "freeze", HANG_SECONDS), Fault(0.1, "engine", "kill")]
        with self.assertRaisesRegex(ProgramError, "no engine"):
            carry_out(faults, self.victims, self.over, lambda _: None)
        self.assertEqual(self.happened[-1], "thaw_now program")

    def test_whoever_looks_can_end_it(self):
        def interrupt(_: int):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            carry_out([Fault(HANG_SECONDS, "engine", "kill")], self.victims, self.over, interrupt)
        self.assertEqual(self.happened, [])


class ProcessTests(unittest.TestCase):
    """Real processes, that only sleep."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.over = threading.Event()

    def program(self, *command: str) -> ProgramVictim:
        program = ProgramVictim("program", SilentReport(), self.over, list(command), self.folder, lambda: {"LIFE": "1"})
        self.addCleanup(program.end)
        program.start()
        return program

    def engine(self, **commands: str) -> EngineVictim:
        by_signal = {
            "start": 'sleep 1000 & echo $! >"$DIR/pid"; echo "$PORT"', "kill": 'kill -KILL "$(cat "$DIR/pid")"',
            "freeze": 'kill -STOP "$(cat "$DIR/pid")"', "thaw": 'kill -CONT "$(cat "$DIR/pid")"',
            "end": 'kill -KILL "$(cat "$DIR/pid")" || true',
        }
        engine = EngineVictim("engine", SilentReport(), self.over, by_signal | commands, self.folder / "engine", 4711)
        self.addCleanup(engine.end)
        engine.start()
        return engine

    def state(self, pid: int) -> str:
        """`S` sleeps, `T` is stopped by a signal; empty: there is none, or only what is left to be waited for."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return ""
        return "" if state in "ZX" else state

    def becomes(self, pid: int, states: str) -> None:
        end = time.monotonic() + HANG_SECONDS
        while (state := self.state(pid)) not in (states or [""]):
            self.assertLess(time.monotonic(), end, f"{state!r} instead of {states!r}")
            time.sleep(0.01)

    def test_a_killed_program_lives_again(self):
        program = self.program("sleep", "1000")
        first = program.life.process.pid
        program.kill()
        self.becomes(first, "")
        self.assertTrue(self.state(program.life.process.pid))
        self.assertEqual((program.lives, program.endings, program.statuses), (2, [], []))

    def test_what_a_stopped_program_ends_with_is_known(self):
        program = self.program("bash", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done")
        program.life.wait_until_says("ready")
        program.stop()
        self.assertEqual((program.lives, program.endings, program.statuses), (2, [], [7]))

    def test_a_program_that_ends_by_itself_is_noticed_and_lives_again(self):
        program = self.program("bash", "-c", "exit 3")
        program.life.process.wait()
        self.over.wait = lambda _: None
        program.revive()
        self.assertEqual((program.lives, program.endings), (2, ["life 1 ended by itself, with status 3"]))

    def test_one_that_has_ended_by_itself_was_not_killed(self):
        program = self.program("bash", "-c", "exit 3")
        program.life.process.wait()
        program.kill()
        self.assertEqual(program.endings, ["life 1 ended by itself, with status 3"])

    def test_a_frozen_program_stands_still_until_it_is_thawed(self):
        program = self.program("sleep", "1000")
        has_begun = threading.Event()
        freeze = threading.Thread(target=program.freeze, args=(HANG_SECONDS, has_begun))
        freeze.start()
        has_begun.wait(HANG_SECONDS)
        self.becomes(program.life.process.pid, "T")
        self.over.set()
        freeze.join(HANG_SECONDS)
        self.becomes(program.life.process.pid, "SR")

    def test_an_engine_is_killed_by_its_command_and_started_on_its_folder(self):
        engine = self.engine()
        first = int((engine.folder / "pid").read_text())
        self.assertEqual((engine.folder / "start.said").read_text(), "4711\n")
        engine.kill()
        self.becomes(first, "")
        second = int((engine.folder / "pid").read_text())
        self.assertTrue(self.state(second))
        engine.end()
        self.becomes(second, "")

    def test_an_engine_that_is_frozen_can_be_ended(self):
        engine = self.engine()
        pid = int((engine.folder / "pid").read_text())
        engine.freeze_now()
        self.becomes(pid, "T")
        engine.end()
        self.becomes(pid, "")

    def test_an_engine_that_is_still_starting_can_be_ended(self):
        engine = EngineVictim(
            "engine", SilentReport(), self.over, {"start": 'echo $$ >"$DIR/pid"; sleep 1000', "end": "true"},
            self.folder / "engine", 1)
        starting = threading.Thread(target=engine.start)
        starting.start()
        end = time.monotonic() + HANG_SECONDS
        while not (pid := (engine.folder / "pid").read_text() if (engine.folder / "pid").exists() else ""):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        engine.end()
        starting.join(HANG_SECONDS)
        self.becomes(int(pid), "")

    def test_a_command_that_fails_says_why(self):
        with self.assertRaisesRegex(ProgramError, "(?s)to start engine, ended with 3: .*no Java"):
            self.engine(start="echo no Java; exit 3")


if __name__ == "__main__":
    # Children of a test that was killed would be this process's to wait for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir("/")
    unittest.main()
