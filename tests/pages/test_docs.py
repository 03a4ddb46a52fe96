"""The documents of `docs` claim what the rules' pages claim, in the same notation, and are run in the same way.

A block marked `console` is what the command line prints in a folder with the programs of its section.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from notation import Case, Mark, cases
from running import refutations
from tool import findings

from carets import ASIDES
from spawnsafe.pages import Section, read_page

DOCUMENTS = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))
CASES = [case for path in DOCUMENTS for case in cases(read_page(path))]
SECTIONS = {f"{path.stem}: {section.heading}": section for path in DOCUMENTS for section in read_page(path).sections}

_CONSOLE = re.compile(r"^```console\n\$ (?P<command>.*?)\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)

every_case = pytest.mark.parametrize("case", CASES, ids=str)


def test_there_are_documents() -> None:
    assert CASES


@every_case
def test_findings_are_the_marked_ones(case: Case, tmp_path: Path) -> None:
    (found,) = findings([case.files], tmp_path)
    assert sorted(Mark(each.path, each.span, each.code) for each in found if each.code not in ASIDES) == sorted(
        case.marks
    )


@every_case
def test_the_command_line_prints_what_is_shown(case: Case, tmp_path: Path) -> None:
    for path, text in case.files.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    for block in _CONSOLE.finditer(_section(case).text):
        program, *arguments = shlex.split(block["command"])
        assert program == "spawnsafe"
        command = [sys.executable, "-m", program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
        assert done.stdout == block["output"]


@every_case
def test_python_does_what_the_document_says(case: Case, tmp_path: Path) -> None:
    assert case.rows
    assert not refutations(case.files, case.command, case.rows, tmp_path)


def _section(case: Case) -> Section:
    return SECTIONS[str(case)]
