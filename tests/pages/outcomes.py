"""The words in which a page says how a program ends, and whether a run bears them out.

An outcome is one of these, and nothing else:

- "prints `[1, 2]`": exit status 0 and just that on standard output; lines are divided by "`, `";
- "prints nothing": exit status 0 and nothing on standard output;
- "ends well": exit status 0, whatever it prints;
- "raises `PicklingError: Can't pickle`": another exit status, and the last exception on standard error is of
  that class, with a message that begins so; "…" stands for anything;
- "hangs": still running at the deadline;
- "starts workers endlessly": still running at the deadline, while workers that cannot start are replaced over
  and over: more exceptions on standard error than the program asks for workers.

Followed by "; a worker raises `AttributeError: Can't get attribute`", there is such an exception on standard
error. Where that does not follow, there is none at all, but for the one that is raised.

A row names the start methods it holds for and, in the column `Python`, the versions if it does not hold for
all: `3.14`, `≤ 3.13`, `≥ 3.12.5`, or several of these with commas between them. Versions are compared as
far as they are written, so that 3.13.7 is `≤ 3.13`.
"""

import re
from dataclasses import dataclass
from itertools import chain

from spawnsafe.run import Outcome, Raised

METHODS = ("fork", "spawn", "forkserver")
DEADLINES = (5.0, 20.0)
"""What still runs after so many seconds hangs. If no worker has failed by then, it gets the longer time."""
PATIENCE = 60.0
"""How long a program may take that a page says ends."""
MANY = 4
"""More failed workers than a page's program asks for."""

_OUTCOME = re.compile(
    r"(?:prints (?P<printed>nothing|`.+?`(?:, `.+?`)*)"
    r"|ends well"
    r"|raises `(?P<raised>.+?)`"
    r"|(?P<hangs>hangs)"
    r"|(?P<endless>starts workers endlessly))"
    r"(?:; a worker raises `(?P<worker>.+?)`)?"
)
_CONDITION = re.compile(r"(?P<relation>[≤≥]?) ?(?P<version>\d+(?:\.\d+)+)")

Version = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """A row of a page's table."""

    methods: tuple[str, ...]
    outcome: str
    python: tuple[str, ...]

    @property
    def endless(self) -> bool:
        """Whether the program keeps the machine busy until the deadline."""
        return "endlessly" in self.outcome

    @property
    def trouble(self) -> str:
        """What the tool calls this, of a program with a mistake."""
        claim = self._claim
        if claim["hangs"] or claim["endless"]:
            return "starts workers endlessly" if claim["endless"] else "hangs"
        if claim["raised"]:
            return "fails"
        return "crashes in the worker" if claim["worker"] else "goes wrong silently"

    @property
    def deadlines(self) -> tuple[float, ...]:
        """How long to run the program: at first, and again if the row is not borne out."""
        return DEADLINES if self.endless or self.outcome.startswith("hangs") else (PATIENCE,)

    def holds_for(self, method: str, version: Version) -> bool:
        """Whether the row speaks of this start method and version."""
        return method in self.methods and all(_satisfied(condition, version) for condition in self.python)

    def refuted_by(self, outcome: Outcome) -> str:
        """Return why a run does not bear this row out; nothing if it does."""
        return ", ".join(chain(self._wrong_end(outcome), self._wrong_exceptions(outcome)))

    @property
    def _claim(self) -> re.Match[str]:
        match = _OUTCOME.fullmatch(self.outcome)
        assert match, f"no outcome is called so: {self.outcome}"
        return match

    def _wrong_end(self, outcome: Outcome) -> list[str]:
        claim = self._claim
        if claim["hangs"] or claim["endless"]:
            return [] if outcome.hung else ["it ended"]
        if outcome.hung:
            return ["it hung"]
        if claim["raised"]:
            return [] if outcome.status else ["it did not fail"]
        if outcome.status:
            return ["it failed"]
        printed = claim["printed"]
        lines = [] if printed == "nothing" else printed and printed[1:-1].split("`, `")
        return ["it printed something else"] if lines is not None and outcome.stdout.splitlines() != lines else []

    def _wrong_exceptions(self, outcome: Outcome) -> list[str]:
        claim = self._claim
        raised = outcome.raised
        # where workers die, a thread of the executor has been seen to print an OSError after the parent's exception
        ends = raised if claim["worker"] else raised[-1:]
        if claim["raised"] and not any(_fits(each, claim["raised"]) for each in ends):
            return ["another exception, or none, came last"]
        if claim["endless"] and len(raised) < MANY:
            return [f"only {len(raised)} workers failed"]
        if claim["worker"]:
            return [] if any(_fits(each, claim["worker"]) for each in raised) else ["no worker raised this"]
        return ["an exception was raised"] if raised and not claim["raised"] else []


def read_row(methods: str, outcome: str, python: str = "") -> Row:
    """Read the cells of a row."""
    row = Row(tuple(methods.split(", ")), outcome, tuple(filter(None, python.split(", "))))
    assert {*row.methods} <= {*METHODS}, f"no start methods: {methods}"
    assert row._claim
    assert all(map(_CONDITION.fullmatch, row.python)), f"no versions: {python}"
    return row


def _satisfied(condition: str, version: Version) -> bool:
    match = _CONDITION.fullmatch(condition)
    assert match
    limit = tuple(map(int, match["version"].split(".")))
    compared = version[: len(limit)]
    return {"≤": compared <= limit, "≥": compared >= limit, "": compared == limit}[match["relation"]]


def _fits(raised: Raised, claim: str) -> bool:
    pattern = ".*".join(map(re.escape, claim.split("…")))
    return re.match(pattern, f"{raised.type}: {raised.message}") is not None
