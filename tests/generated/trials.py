"""Tries programs: what the tool says of them, what Python does, and what is left when safe fixes have been applied.

A program goes well under a start method if it ends with exit status 0, prints what it must, and nothing is raised in
any of its processes. What the tool says is right if it reports a mistake under just those start methods under which
the program does not go well.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from composing import Program

from spawnsafe.check import Policy, Severity, check
from spawnsafe.model import Platform, Project, StartMethods, Target
from spawnsafe.run import run

METHODS = ("fork", "spawn", "forkserver")
AT_ONCE = 4
"""So many programs run at a time; most of them wait."""
DEADLINES = (1.5, 5.0, 30.0)
"""Seconds after which a program hangs: so few if a process has failed, so many if nothing says that it should hang."""

_TARGET = Target(Platform.LINUX, (sys.version_info.major, sys.version_info.minor))

Files = Mapping[str, str]
Claims = Mapping[str, frozenset[str]]
"""For each start method the rules that report a mistake under it."""
Ends = Mapping[str, str]
"""For each start method how a program ends: `well`, or what went wrong."""


@dataclass(frozen=True)
class Trial:
    """What came out for a program."""

    program: Program
    claims: Claims
    ends: Ends
    fixed: Files
    """The program after the safe fixes."""
    left: Claims
    """What the tool says of that."""
    fixed_ends: Ends

    @property
    def fails(self) -> bool:
        """Whether the program does not go well under some start method."""
        return any(end != "well" for end in self.ends.values())

    @property
    def is_repaired(self) -> bool:
        """Whether safe fixes alone make it go well under all."""
        return self.fails and all(end == "well" for end in self.fixed_ends.values())

    @property
    def disagreements(self) -> frozenset[str]:
        """The kinds of disagreement between the tool and Python.

        - MISSED: the tool says nothing of a program that does not go well;
        - FALSE: it reports a mistake in one that does;
        - METHODS: it names other start methods than those under which the program does not go well;
        - FIX-WORSE: a program that went well under a start method does so no more after safe fixes;
        - FIX-DIFFERENT: one prints something else after them;
        - FIX-LEFT: one still does not go well after them, and the tool has nothing more to say of it.
        """
        return frozenset(self._disagreements())

    def _disagreements(self) -> Iterator[str]:
        broken = {method for method, end in self.ends.items() if end != "well"}
        claimed = {method for method, rules in self.claims.items() if rules}
        if broken != claimed:
            yield "METHODS" if broken and claimed else "MISSED" if broken else "FALSE"
        for method, end in self.fixed_ends.items():
            if end != "well" and self.ends[method] == "well":
                yield "FIX-WORSE"
            elif end == "prints something else" != self.ends[method]:
                yield "FIX-DIFFERENT"
            elif end != "well" and self.fixed != self.program.files and not self.left[method] and self.claims[method]:
                yield "FIX-LEFT"


def attempt(programs: Sequence[Program], folder: Path) -> list[Trial]:
    """Try programs; their files are written to an empty folder."""
    before = [_written(program.files, folder / "before" / str(number)) for number, program in enumerate(programs)]
    after = [_written(program.files, folder / "after" / str(number)) for number, program in enumerate(programs)]
    claims = [_claims(place) for place in before]
    command = [
        sys.executable,
        "-m",
        "spawnsafe",
        "check",
        "--isolated",
        "--fix",
        "--exit-zero",
        "--output-format",
        "concise",
    ]
    done = subprocess.run([*command, "."], cwd=folder / "after", capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"the tool failed:\n{done.stderr}"
    fixed = [
        {name: place.joinpath(name).read_bytes().decode() for name in program.files}
        for place, program in zip(after, programs, strict=True)
    ]
    left = [_claims(place) for place in after]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        ends = list(threads.map(_ends, before, programs, claims))
        fixed_ends = list(
            threads.map(
                lambda place, program, files, claim, end: (
                    end if files == program.files else _ends(place, program, claim)
                ),
                after,
                programs,
                fixed,
                left,
                ends,
            )
        )
    return list(map(Trial, programs, claims, ends, fixed, left, fixed_ends))


def _written(files: Files, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        folder.joinpath(name).parent.mkdir(exist_ok=True)
        folder.joinpath(name).write_bytes(text.encode())
    return folder


def _claims(folder: Path) -> Claims:
    project = Project()
    modules = [project.module(path) for path in sorted(folder.rglob("*.py"))]

    def rules(method: str) -> frozenset[str]:
        policy = Policy(targets=(_TARGET,), methods=StartMethods[method.upper()])
        found = (each for module in modules for each in check(module, policy))
        return frozenset(each.rule.code for each in found if each.severity is not Severity.INFORMATION)

    return {method: rules(method) for method in METHODS}


def _ends(folder: Path, program: Program, claims: Claims) -> Ends:
    return {
        method: _end(folder, method, program.output, is_expected_to_fail=bool(claims[method])) for method in METHODS
    }


def _end(folder: Path, method: str, output: str, *, is_expected_to_fail: bool) -> str:
    """Return how a program ends."""
    for deadline in DEADLINES[:2] if is_expected_to_fail else DEADLINES:
        outcome = run(["main.py"], python=Path(sys.executable), method=method, cwd=folder, timeout=deadline)
        if not outcome.hung or outcome.raised:
            break
    if outcome.hung:
        return "hangs"
    if outcome.raised or outcome.status:
        return f"raises {outcome.raised[-1].type}" if outcome.raised else f"ends with {outcome.status}"
    return "well" if outcome.stdout == output else "prints something else"
