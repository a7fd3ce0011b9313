"""What the scripts in Python share."""

import argparse
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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
