"""What pickle refuses: each row of the tables is checked against Python, and the tool says what Python does."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache

import examples
import pytest
from examples import REFUSED, TAKEN, imports

from analysis import findings
from spawnsafe.model import objects
from spawnsafe.model.methods import EVERY_PYTHON

ROWS = sorted({*objects.PRODUCTS, *objects.OBJECTS, *objects.HOLDERS, *objects.INHERITED_ONLY, *objects.RETURNS})
PYTHONS = [sys.executable, *filter(None, os.environ.get("SPAWNSAFE_PYTHONS", "").split(os.pathsep))]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("row", ROWS)
def test_python_refuses_what_the_tables_say(row: str, python: str) -> None:
    """By version, where the tables tell versions apart; of other versions they say nothing."""
    assert _verdicts(python)[row] or _version(python) not in objects.PYTHONS.get(row, EVERY_PYTHON)


@pytest.mark.parametrize("row", ROWS)
def test_the_tool_reports_it(row: str) -> None:
    """It is sent to a task."""
    rules = {rule for rule, code in findings(_program(REFUSED[row])) if "value" in code}
    assert rules & {"unpicklable-argument", "inherited-only-argument"}


def test_the_versions_are_those_of_rows() -> None:
    """A range of versions without a row says nothing."""
    assert objects.PYTHONS.keys() <= set(ROWS)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("what", TAKEN)
def test_python_takes_the_rest(what: str, python: str) -> None:
    """As tasks are pickled: by the pickler of `multiprocessing`."""
    assert not _verdicts(python)[what]


@pytest.mark.parametrize("what", TAKEN)
def test_the_tool_is_silent(what: str) -> None:
    """It is sent to a task."""
    assert findings(_program(TAKEN[what])) == []


def _program(example: str) -> str:
    used = "\n".join(f"import {name}" for name in {*imports(example), "multiprocessing"})
    made = example.replace("\n", "\n    ")
    return f"""\
{used}


def work(value):
    pass


if __name__ == "__main__":
    {made}
    with multiprocessing.Pool(1) as pool:
        pool.apply(work, (value,))
"""


@lru_cache
def _verdicts(python: str) -> Mapping[str, bool]:
    """Return which of the examples a Python refuses."""
    asked = json.dumps({name: (imports(code), code) for name, code in {**REFUSED, **TAKEN}.items()})
    said = subprocess.check_output([python, examples.__file__], input=asked, text=True, timeout=120)
    verdicts: dict[str, bool] = json.loads(said)
    return verdicts


@lru_cache
def _version(python: str) -> tuple[int, ...]:
    program = "import sys; print(*sys.version_info[:2])"
    return tuple(map(int, subprocess.check_output([python, "-c", program], text=True).split()))
