"""Every claim on a rule's page is checked: against the tool, and against Python by running the programs.

The programs are run by the interpreter of the tests. Those for which a page tells Python versions apart are also
run by the interpreters that the environment variable SPAWNSAFE_PYTHONS names, divided as in PATH; with
SPAWNSAFE_PAGES=all, all are.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path

import pytest
from notation import NO_FIX, OFFERED, SAME_FIX, Case, Mark, Role, cases
from outcomes import METHODS, Row, Version, read_row
from tool import Found, findings, first_offered_fix, first_safe_fix

from carets import ASIDES
from spawnsafe.pages import Page, page_paths, read_page
from spawnsafe.run import Outcome, run
from spawnsafe.symptoms import recognize

PAGES = [read_page(path) for path in page_paths().values()]
CASES = [case for page in PAGES for case in cases(page)]

AT_ONCE = 4
"""So many programs run at a time; most of them wait."""
_endless = threading.Lock()
"""Held by a program that starts workers endlessly: one at a time, for it keeps the machine busy."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_failing_case = pytest.mark.parametrize("case", [case for case in CASES if case.role is Role.FAILING], ids=str)

Finder = Callable[[Case], list[Found]]


@pytest.fixture(scope="session")
def found_in(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    """What the tool finds in a case; the cases of all pages are checked together, at the first question."""

    @lru_cache
    def found() -> Mapping[str, list[Found]]:
        programs = findings([case.files for case in CASES], tmp_path_factory.mktemp("cases"))
        return dict(zip(map(str, CASES), programs, strict=True))

    return lambda case: [each for each in found()[str(case)] if each.code not in ASIDES - {case.page}]


@every_page
def test_page_is_complete(page: Page) -> None:
    assert page.title == page.code
    assert page.intro
    assert {case.role for case in cases(page)} == {*Role}
    headings = [section.heading for section in page.sections]
    assert len(set(headings)) == len(headings)


@every_case
def test_findings_are_the_marked_ones(case: Case, found_in: Finder) -> None:
    found = [Mark(finding.path, finding.span, finding.code) for finding in found_in(case)]
    assert sorted(found) == sorted(case.marks)


@every_case
def test_messages_are_those_of_the_tool(case: Case, found_in: Finder) -> None:
    assert case.messages == tuple(f"{finding.problem} {finding.help}" for finding in found_in(case))


@every_failing_case
def test_trouble_is_what_the_page_says(case: Case, found_in: Finder) -> None:
    if len(case.marks) == 1 and not found_in(case)[0].is_advice:
        (finding,) = found_in(case)
        newest = (3, max(int(target.rpartition(".")[2]) for target in finding.targets), 0)
        for method, trouble in finding.troubles.items():
            told = {row.trouble for row in case.rows if row.holds_for(method, newest)}
            # workers that exit without a word are replaced without a word
            assert told == {trouble} or (told, trouble) == ({"hangs"}, "starts workers endlessly")


@every_failing_case
def test_fix_gives_the_fixed_program(case: Case, found_in: Finder, tmp_path: Path) -> None:
    fixed = first_safe_fix(case.files, found_in(case))
    if OFFERED in case.prose:
        assert fixed is None
        assert case.fixed
        assert first_offered_fix(case.files, found_in(case)) == case.fixed.files
    elif case.fixed and NO_FIX not in case.prose:
        assert fixed == case.fixed.files
    elif SAME_FIX in case.prose:
        assert fixed
        assert findings([fixed], tmp_path / "fixed") == [[]]
        row = read_row(", ".join(METHODS), "ends well")
        assert not _refutations(fixed, case.command, (row,), tmp_path)
    else:
        assert NO_FIX in case.prose, "the page does not say what mends this program, nor why nothing does"
        assert fixed is None


@every_case
def test_python_does_what_the_page_says(case: Case, tmp_path: Path) -> None:
    rule = case.page if case.role is Role.FAILING else None
    assert not _refutations(case.files, case.command, case.rows, tmp_path, rule)


def _refutations(
    files: Mapping[str, str], command: tuple[str, ...], rows: tuple[Row, ...], folder: Path, rule: str | None = None
) -> str:
    """Run a program by every interpreter under every start method; say which rows are wrong, and why.

    Exceptions are those of `rule`, which must be found by them.
    """
    cwd = folder / "program"
    for path, text in files.items():
        file = cwd / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def problem(python: Path, method: str) -> str:
        version = _version(python)
        where = f"Python {'.'.join(map(str, version))}, {method}"
        holding = [row for row in rows if row.holds_for(method, version)]
        if len(holding) != 1:
            return f"{where}: {len(holding)} rows speak of this"
        (row,) = holding
        for deadline in row.deadlines:
            with _endless if row.endless else nullcontext():
                outcome = run(command, python=python, method=method, cwd=cwd, timeout=deadline)
            problems = row.refuted_by(outcome) or _unrecognized(outcome, rule)
            if not problems:
                return ""
        return f"{where}: not '{row.outcome}', since {problems}\n{_shown(outcome)}"

    tells_apart = any(row.python for row in rows) or os.environ.get("SPAWNSAFE_PAGES") == "all"
    pythons = _pythons() if tells_apart else [Path(sys.executable)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        problems = threads.map(
            lambda pair: problem(*pair), [(python, method) for python in pythons for method in METHODS]
        )
        return "\n".join(filter(None, problems))


def _unrecognized(outcome: Outcome, rule: str | None) -> str:
    """Return that the exceptions of a run do not lead to a rule; nothing if they do."""
    codes = {found.code for match in recognize(outcome.stderr) for found in match.rules}
    return f"its exceptions lead to {codes or 'no rule'}" if rule and outcome.raised and rule not in codes else ""


def _shown(outcome: Outcome) -> str:
    status = "still running" if outcome.hung else f"exit status {outcome.status}"
    return f"{status}\nstandard output:\n{outcome.stdout[:2000]}\nstandard error:\n{outcome.stderr[:4000]}"


@lru_cache
def _pythons() -> list[Path]:
    others = os.environ.get("SPAWNSAFE_PYTHONS", "").split(os.pathsep)
    by_version = {_version(Path(python)): Path(python) for python in [*filter(None, others), sys.executable]}
    return list(by_version.values())


@lru_cache
def _version(python: Path) -> Version:
    program = "import sys; print(*sys.version_info[:3])"
    return tuple(map(int, subprocess.check_output([python, "-c", program], text=True).split()))
