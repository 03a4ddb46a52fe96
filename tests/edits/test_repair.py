"""The fixes of all rules: they keep what they do not change, and work together."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carets import read_marks, without_marks
from spawnsafe.check import Policy, check, fixes
from spawnsafe.model import Module, Project
from spawnsafe.pages import page_paths, read_page
from spawnsafe.repair import Repairs
from spawnsafe.source import apply_edits, split_lines

PATH = Path("/nowhere/main.py")


_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _programs(page: Path) -> list[str]:
    """The programs of a page in which something is found, of those in one file."""
    sections = [_BLOCK.findall(section.text) for section in read_page(page).sections]
    return [without_marks(blocks[0]) for blocks in sections if len(blocks) == 1 and any(read_marks(blocks[0]))]


PROGRAMS = {code: _programs(page) for code, page in page_paths().items()}
ALL = [program for programs in PROGRAMS.values() for program in programs]


class Memory:
    """One file that is nowhere but here."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.project = Project()
        self.overlay(PATH, None)

    def module(self, path: Path) -> Module:
        return self.project.module(path)

    def policy(self, path: Path) -> Policy:
        assert path == PATH
        return Policy()

    def overlay(self, path: Path, text: str | None) -> None:
        self.project.open(path, self.text if text is None else text)


def _results(text: str) -> Iterator[str]:
    """What each fix of each finding makes of a text, safe or not."""
    module = Memory(text).module(PATH)
    for diagnostic in check(module, Policy()):
        for fix in fixes(module, diagnostic):
            yield apply_edits(module.text, [edit.edit for edit in fix.edits])


def _alternating(text: str) -> str:
    """A text whose lines end in two ways."""
    return "".join(line.replace("\n", ("\n", "\r\n")[number % 2]) for number, line in enumerate(split_lines(text)))


@pytest.mark.parametrize("code", [code for code, programs in PROGRAMS.items() if programs])
def test_fixes_keep_line_ends_and_a_byte_order_mark(code: str) -> None:
    for program in PROGRAMS[code]:
        plain = list(_results(program))
        for newline in ("\r", "\r\n"):
            assert list(_results(program.replace("\n", newline))) == [text.replace("\n", newline) for text in plain]
        mixed = list(_results("\ufeff" + _alternating(program)))
        assert [text.replace("\r\n", "\n") for text in mixed] == ["\ufeff" + text for text in plain]


def _apart(program: str, number: int) -> str:
    """A program whose names of its own are no other program's."""
    bindings = Memory(program).module(PATH).scope.bindings
    own = [name for name in bindings if not re.search(rf"^(?:from|import) .*\b{name}\b", program, re.MULTILINE)]
    return re.sub(rf"(?<![.\w])(?:{'|'.join(own)})\b(?!=[^=])", rf"\g<0>_{number}", program) if own else program


@st.composite
def several(draw: st.DrawFn) -> str:
    """Several programs one below the other, whose names are their own, or those of others as well."""
    programs = draw(st.lists(st.sampled_from(ALL), min_size=2, max_size=5, unique=True))
    return "\n\n".join(map(_apart, programs, range(9)) if draw(st.booleans()) else programs)


@settings(max_examples=12, derandomize=True)
@given(several(), st.integers())
def test_fixes_come_to_an_end_in_any_order_and_to_the_same(text: str, seed: int) -> None:
    in_order, files, random = Repairs(Memory(text), PATH.__eq__), Memory(text), Random(seed)
    in_order.repair(PATH)
    at_random = Repairs(files, PATH.__eq__)
    while any(map(at_random.mend, random.sample(found := at_random.found(PATH), len(found)))):
        assert at_random.fixed[PATH] < 50
    found, other = (Counter(each.rule.code for each in repairs.found(PATH)) for repairs in (in_order, at_random))
    assert found == other
    compile(at_random.after.get(PATH, text), "main.py", "exec")
    again = Repairs(Memory(in_order.after.get(PATH, text)), PATH.__eq__)
    again.repair(PATH)
    assert not again.fixed


JOINED = """\
from multiprocessing import Process, Queue


def work(queue):
    queue.put("x" * 1_000_000)


def main(count):
    queue = Queue()
    processes = [Process(target=work, args=(queue,)) for _ in range(count)]
    for process in processes:
        process.start()
{join}{read}

if __name__ == "__main__":
    main(2)
"""
JOIN = "    for process in processes:\n        process.join()\n"
READ = "    for process in processes:\n        print(len(queue.get()))\n"


def test_a_queue_is_read_first_in_a_function_with_parameters() -> None:
    assert list(_results(JOINED.format(join=JOIN, read=READ))) == [JOINED.format(join=READ, read=JOIN)]


def test_a_queue_that_is_not_always_read_is_not_read_first() -> None:
    read = READ.replace("        print", "        if count > 2:\n            print")
    assert list(_results(JOINED.format(join=JOIN, read=read))) == []
