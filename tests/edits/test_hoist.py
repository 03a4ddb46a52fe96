"""What becomes of the programs in `hoist.txt`, whatever their line ends and indentation, and that it runs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from programs import outputs

from spawnsafe.check import Policy, check
from spawnsafe.edits import Refusal, hoist, hoist_refusal
from spawnsafe.findings import Fix
from spawnsafe.model import Function, Module, Project, Scope, Send, definitions
from spawnsafe.source import apply_edits

PATH = Path("/nowhere/main.py")
MOST_REPAIRS = 8


@dataclass(frozen=True)
class Case:
    """A program, what the repairs make of it, and what that prints; or why there is no repair."""

    heading: str
    program: str
    repaired: str
    is_safe: bool
    output: str
    refusal: str

    def __str__(self) -> str:
        return self.heading


def _case(section: str) -> Case:
    heading = section.partition("\n")[0]
    program, *repaired = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    output = re.search(r"^```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    refusal = re.search(r"^Refused: (.*)\.$", section, re.MULTILINE)
    return Case(
        heading,
        program,
        "".join(repaired),
        "\nBecomes:\n" in section,
        output[1] if output else "",
        refusal[1] if refusal else "",
    )


TEXT = Path(__file__).with_name("hoist.txt").read_text("utf-8")
CASES = [_case(section) for section in TEXT.split("\n## ")[1:]]
REPAIRED = [case for case in CASES if case.repaired]

every_repair = pytest.mark.parametrize("case", REPAIRED, ids=str)


def _module(text: str) -> Module:
    project = Project()
    project.open(PATH, text)
    return project.module(PATH)


def _mistakes(module: Module) -> list[tuple[Scope, Send]]:
    """Return the definitions that the module sends and that no worker finds, with their sends."""
    return [
        (scope, send)
        for send in module.sends
        for scope in definitions(send.value)
        if send.when_pickled and (scope.is_local or scope.name == "<lambda>")
    ]


def _first(text: str) -> Fix | Refusal | None:
    module = _module(text)
    mistakes = _mistakes(module)
    return hoist(module, *mistakes[0]) if mistakes else None


def _repair(text: str) -> str:
    for _ in range(MOST_REPAIRS):
        fix = _first(text)
        if not isinstance(fix, Fix):
            break
        text = apply_edits(_module(text).text, [edit.edit for edit in fix.edits])
    return text


@every_repair
def test_repair_gives_the_program(case: Case) -> None:
    assert _repair(case.program) == case.repaired
    fix = _first(case.program)
    assert isinstance(fix, Fix)
    assert fix.safe is case.is_safe


@every_repair
def test_repair_leaves_nothing_to_repair(case: Case) -> None:
    module = _module(case.repaired)
    codes = {diagnostic.rule.code for diagnostic in check(module, Policy())}
    assert not codes & {"lambda-target", "local-target", "late-target", "guarded-target"}
    assert _repair(case.repaired) == case.repaired


@pytest.mark.parametrize("case", [case for case in REPAIRED if case.output], ids=str)
def test_repaired_program_runs(case: Case, tmp_path: Path) -> None:
    printed = outputs({"main.py": case.repaired}, tmp_path)
    assert printed == dict.fromkeys(printed, case.output)


@pytest.mark.parametrize("case", [case for case in CASES if case.refusal], ids=str)
def test_refusal_has_a_reason(case: Case) -> None:
    module = _module(case.program)
    refusals = [hoist_refusal(module, *mistake) for mistake in _mistakes(module)]
    assert refusals[0] == case.refusal


def _with_tabs(text: str) -> str:
    return re.sub(r"^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "rewrite",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: text.replace("\n", "\r"), id="lone CR"),
        pytest.param(_with_tabs, id="tabs"),
        pytest.param(lambda text: text.removesuffix("\n"), id="no line end at the end"),
        pytest.param(lambda text: f"\ufeff{text}", id="byte order mark"),
        pytest.param(lambda text: text.replace("numbers", "𝒏𝒖𝒎𝒃𝒆𝒓𝒔"), id="astral names"),
        pytest.param(lambda text: f"# {'😀' * 9}\n\n{text}", id="astral comment"),
    ],
)
@every_repair
def test_form_of_the_text_is_kept(case: Case, rewrite: Callable[[str], str]) -> None:
    assert _repair(rewrite(case.program)) == rewrite(case.repaired)


def test_form_feeds_are_kept() -> None:
    program = (
        "from multiprocessing import Pool\n\f\n"
        "def main(numbers, factor):\n    return Pool().map(lambda n: n * factor, numbers)\n"
    )
    assert _repair(program) == (
        "from functools import partial\nfrom multiprocessing import Pool\n\f\n\n"
        "def work(factor, n):\n    return n * factor\n\n\n"
        "def main(numbers, factor):\n    return Pool().map(partial(work, factor), numbers)\n"
    )


def test_factory_in_another_file_is_repaired_there(tmp_path: Path) -> None:
    main, helpers = tmp_path / "main.py", tmp_path / "helpers.py"
    project = Project()
    project.open(
        main,
        "from multiprocessing import Pool\n\nfrom helpers import make\n\n"
        "with Pool() as pool:\n    pool.map(make(3), [1])\n",
    )
    project.open(helpers, "def make(factor):\n    return lambda n: n * factor\n")
    send = next(send for send in project.module(main).sends if isinstance(send.value, Function))
    fix = hoist(project.module(main), next(definitions(send.value)), send)
    assert isinstance(fix, Fix)
    assert {edit.path for edit in fix.edits} == {helpers}
    text = apply_edits(project.module(helpers).text, [edit.edit for edit in fix.edits])
    assert text == (
        "from functools import partial\n\n\n"
        "def work(factor, n):\n    return n * factor\n\n\n"
        "def make(factor):\n    return partial(work, factor)\n"
    )


def test_code_that_does_not_parse_is_left_alone() -> None:
    project = Project()
    program = "from multiprocessing import Pool\n\n\ndef main(xs):\n    Pool().map(lambda x: x, xs)\n"
    project.open(PATH, program)
    project.module(PATH)
    project.open(PATH, program.replace("(xs):", "(xs:"))
    module = project.module(PATH)
    scope, send = _mistakes(module)[0]
    assert hoist_refusal(module, scope, send) == "the code around it does not parse"
