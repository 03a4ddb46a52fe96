"""What stands between the lines of an editor and in them: code lenses and inlay hints."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types
from tests.server.editor import TIMEOUT, Editor, File, capabilities, editing

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASKS = """\
def double(n):
    return 2 * n


class Job:
    def run(self):
        return 1


def unsent():
    return 0
"""
MAIN = """\
from multiprocessing import Pool, Process
from tasks import Job, double

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(double, range(100)))
        print(pool.apply(double, (1,)), pool.apply(Job().run))
"""


async def lenses(file: File) -> Sequence[types.CodeLens]:
    params = types.CodeLensParams(types.TextDocumentIdentifier(file.uri))
    return await asyncio.wait_for(file.editor.client.text_document_code_lens_async(params), TIMEOUT) or []


async def choose(editor: Editor, lens: types.CodeLens) -> None:
    """Click on a lens, in an editor that has no list of places of its own."""
    assert lens.command
    params = types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    await asyncio.wait_for(editor.client.workspace_execute_command_async(params), TIMEOUT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program of two files, of which one sends what the other defines."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "tasks.py").write_text(TASKS)
    return tmp_path


async def test_definitions_tell_that_they_run_in_workers_and_where_they_are_sent(project: Path) -> None:
    async with editing(project, capabilities(pull=True)) as editor:
        file = editor.open("tasks.py", TASKS)
        double, job = await lenses(file)
        assert [file.at(lens.range) for lens in (double, job)] == ["double", "Job"]
        assert double.command
        assert job.command
        assert [double.command.title, job.command.title] == ["runs in workers · 2 sends", "sent to workers · 1 send"]
        assert double.command.arguments
        uri, _, locations = double.command.arguments
        assert uri == file.uri
        assert [place["range"]["start"]["line"] for place in locations] == [5, 6]
        assert {place["uri"] for place in locations} == {(project / "main.py").as_uri()}
        await choose(editor, double)
        assert editor.client.messages[-1].message == "spawnsafe: sent in main.py:6, main.py:7"


async def test_a_lens_opens_the_place(project: Path) -> None:
    having = capabilities(pull=True)
    having.window = types.WindowClientCapabilities(show_document=types.ShowDocumentClientCapabilities(support=True))
    async with editing(project, having) as editor:
        _, job = await lenses(editor.open("tasks.py", TASKS))
        await choose(editor, job)
        (shown,) = editor.client.shown_documents
        assert shown.uri == (project / "main.py").as_uri()
        assert shown.selection
        assert shown.selection.start.line == MAIN.splitlines().index(MAIN.splitlines()[-1])


async def test_lenses_can_be_turned_off(project: Path) -> None:
    async with editing(project, capabilities(pull=True), {"settings": {"code-lens": False}}) as editor:
        assert await lenses(editor.open("tasks.py", TASKS)) == []


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, [" chunksize=13"]),
        ({"targets": ["windows-3.13"]}, [" chunksize=13", " by spawn"]),
        ({"targets": ["windows-3.13", "linux-3.13"]}, [" chunksize=13", " by fork or spawn"]),
        ({"targets": ["linux-3.14"], "inlay-hints": ["start-method"]}, [" by forkserver"]),
        ({"targets": ["linux-3.14"], "inlay-hints": False}, []),
    ],
)
async def test_hints_show_chunksize_and_start_method(
    project: Path, settings: dict[str, object], labels: list[str]
) -> None:
    async with editing(project, capabilities(pull=True), {"settings": settings}) as editor:
        file = editor.open("main.py", MAIN)
        hints = await file.hints()
        assert [hint.label for hint in hints] == labels
        if labels and labels[-1] != " chunksize=13":
            assert file.text[: file.offset(hints[-1].position)].endswith("Pool(2)")


async def test_a_start_method_that_the_program_chooses_is_shown(project: Path) -> None:
    async with editing(project, capabilities(pull=True)) as editor:
        file = editor.open(
            "main.py", MAIN.replace("Pool(2)", 'get_context("spawn").Pool(2)').replace("Pool,", "get_context,")
        )
        assert [hint.label for hint in await file.hints()] == [" chunksize=13", " by spawn"]
