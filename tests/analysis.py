"""Small programs, analysed as an editor would have them analysed: nothing is on disk.

A program is text with comments of carets (see `carets.py`). A line `# file: helpers.py` begins a file; what stands
above the first one is `main.py`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from carets import ASIDES, read_marks, without_marks
from spawnsafe.check import Diagnostic, Policy, check
from spawnsafe.model import Module, Project
from spawnsafe.source import Span

POLICY = Policy(ignore=ASIDES)
"""For programs that are about something else."""

FOLDER = Path("/nowhere/project").absolute()

_FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)


def files_of(program: str) -> dict[str, str]:
    """Return the files of a program, with their comments of carets."""
    head, *rest = _FILE.split(dedent(program))
    files = {"main.py": head} if head.strip() else {}
    return files | dict(zip(rest[::2], rest[1::2], strict=True))


def analyse(files: Mapping[str, str]) -> dict[str, Module]:
    """Return the models of a program's files."""
    project = Project()
    for name, text in files.items():
        project.open(FOLDER / name, text)
    return {name: project.module(FOLDER / name) for name in files}


def module(text: str) -> Module:
    """Return the model of a program of one file."""
    return analyse({"main.py": text})["main.py"]


def diagnostics(text: str) -> list[Diagnostic]:
    """Return what all rules say of a program of one file."""
    return check(module(text), POLICY)


def findings(text: str) -> list[tuple[str, str]]:
    """Return the rule and the marked text of each finding in a program of one file."""
    model = module(text)
    return [(each.rule.code, model.text[each.finding.span]) for each in check(model, POLICY)]


def assert_findings(program: str) -> None:
    """All findings of all rules are those that the program's comments of carets mark, and no others."""
    marked = files_of(program)
    models = analyse({name: without_marks(text) for name, text in marked.items()})
    policy = Policy(ignore=ASIDES - {mark.code for text in marked.values() for mark in read_marks(text)})
    expected, actual = [], []
    for name, model in models.items():
        claims = sorted(read_marks(marked[name]), key=lambda claim: (claim.span, claim.code))
        expected += [_described(name, model, claim.span, claim.code, claim.methods) for claim in claims]
        without_methods = {(claim.span, claim.code) for claim in claims if not claim.methods}
        for found in check(model, policy):
            span, code = found.finding.span, found.rule.code
            methods = () if (span, code) in without_methods else tuple(found.finding.when.methods.names)
            actual.append(_described(name, model, span, code, methods))
    assert actual == expected


def _described(name: str, model: Module, span: Span, code: str, methods: tuple[str, ...]) -> str:
    start, end = span.start, span.end
    when = f" [{' '.join(methods)}]" if methods else ""
    return f"{name}:{start.line}:{start.column}-{end.line}:{end.column} `{model.text[span]}` {code}{when}"


def programs(cases: Mapping[str, str]) -> pytest.MarkDecorator:
    """Run a test for each program; the keys say in plain words what each shows."""
    return pytest.mark.parametrize("program", [pytest.param(text, id=name) for name, text in cases.items()])
