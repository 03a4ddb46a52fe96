"""Every claim on a rule's page is checked: against the tool, and against Python by running the programs.

`running.py` tells which interpreters run them.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import pytest
from notation import NO_FIX, OFFERED, SAME_FIX, SAME_OFFERED, Case, Mark, Role, cases
from outcomes import METHODS, read_row
from running import refutations
from tool import Found, findings, first_offered_fix, first_safe_fix

from carets import ASIDES
from spawnsafe.pages import Page, advice_paths, page_paths, read_page

PAGES = [read_page(path) for path in page_paths().values()]
ADVICE = [read_page(path) for path in advice_paths().values()]
CASES = [case for page in (*PAGES, *ADVICE) for case in cases(page)]

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


@pytest.mark.parametrize("page", ADVICE, ids=lambda page: page.code)
def test_page_of_advice_is_shown_by_running_it(page: Page) -> None:
    assert page.title == page.code
    assert page.intro
    assert all(case.rows for case in cases(page))
    assert cases(page)


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
    elif SAME_OFFERED in case.prose:
        assert fixed is None
        assert_mended(case, first_offered_fix(case.files, found_in(case)), tmp_path)
    elif SAME_FIX in case.prose:
        assert_mended(case, fixed, tmp_path)
    else:
        assert NO_FIX in case.prose, "the page does not say what mends this program, nor why nothing does"
        assert fixed is None


def assert_mended(case: Case, fixed: dict[str, str] | None, folder: Path) -> None:
    assert fixed
    assert findings([fixed], folder / "fixed") == [[]]
    row = read_row(", ".join(METHODS), "ends well")
    assert not refutations(fixed, case.command, (row,), folder)


@every_case
def test_python_does_what_the_page_says(case: Case, tmp_path: Path) -> None:
    rule = case.page if case.role is Role.FAILING else None
    assert not refutations(case.files, case.command, case.rows, tmp_path, rule)
