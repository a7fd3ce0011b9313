"""Finds out where what was kept is not what it should be."""

from collections.abc import Iterator
from typing import Any

SHOWN_MAX = 20


def differences(expected: Any, actual: Any, where: str = "") -> Iterator[str]:
    """A sentence for each place where two JSON values are not equal. `where` is the path to it."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys(), key=str):
            path = f"{where}[{key!r}]" if where else str(key)
            if key not in actual:
                yield f"{path} is missing, and should be {shown(expected[key])}"
            elif key not in expected:
                yield f"{path} is {shown(actual[key])}, and should not be there"
            else:
                yield from differences(expected[key], actual[key], path)
    # In Python, True is 1.
    elif type(expected) is not type(actual) or expected != actual:
        off = f" ({actual - expected:+})" if is_number(expected) and is_number(actual) else ""
        yield f"{where or 'it'} is {shown(actual)}, and should be {shown(expected)}{off}"


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
