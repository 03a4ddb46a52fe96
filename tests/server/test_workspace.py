"""The check of the whole workspace, as the user of an editor sees it."""

import asyncio
import json
from pathlib import Path

import pytest
from lsprotocol import types
from tests.server.editor import TIMEOUT, Editor, capabilities, editing

pytestmark = pytest.mark.asyncio(loop_scope="module")

MISTAKE = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(lambda n: n * n, [1, 2]))
"""
FINE = MISTAKE.replace("lambda n: n * n", "abs")
PULL_AND_PROGRESS = capabilities(pull=True)
PULL_AND_PROGRESS.window = types.WindowClientCapabilities(work_done_progress=True)


async def check(editor: Editor) -> dict[str, int]:
    """Have the workspace checked; return what the command gives."""
    params = types.ExecuteCommandParams("spawnsafe.checkWorkspace")
    answer = await asyncio.wait_for(editor.client.workspace_execute_command_async(params), TIMEOUT)
    assert isinstance(answer, dict)
    return answer


async def shown(editor: Editor, path: Path) -> list[object]:
    """The codes of what is shown next of a file."""
    while (published := await editor.next_published()).uri != path.as_uri():
        pass
    return [found.code for found in published.diagnostics]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a mistake in two files, of which one is excluded."""
    (tmp_path / "pyproject.toml").write_text('[tool.spawnsafe]\nexclude = ["old"]\n')
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    for name, text in {"old/a.py": MISTAKE, "new/b.py": MISTAKE, "new/c.py": FINE, "new/d.txt": MISTAKE}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "new" / "latin.py").write_bytes(b"# coding: no-such\n")
    return tmp_path


@pytest.mark.parametrize("pull", [True, False])
async def test_what_is_found_in_files_that_are_not_open_is_shown_until_they_are(project: Path, *, pull: bool) -> None:
    async with editing(project, capabilities(pull=pull)) as editor:
        assert await check(editor) == {"files": 3, "findings": 1}
        path = project / "new" / "b.py"
        assert await shown(editor, path) == ["lambda-target"]
        file = editor.open("new/b.py", MISTAKE)
        assert await shown(editor, path) == []
        assert len(await file.codes()) == 1
        file.close()
        while await shown(editor, path) != ["lambda-target"]:
            pass
        messages = [message.message for message in editor.client.messages]
        assert messages == ["spawnsafe: found 1 finding in 1 file; checked 3 files"]


async def test_a_file_that_changes_on_disk_is_checked_again(project: Path) -> None:
    async with editing(project, capabilities(pull=True)) as editor:
        await check(editor)
        path = project / "new" / "b.py"
        assert await shown(editor, path) == ["lambda-target"]
        path.write_text(FINE)
        (project / "new" / "c.py").write_text(MISTAKE)
        events = [
            types.FileEvent((project / "new" / name).as_uri(), types.FileChangeType.Changed)
            for name in ("b.py", "c.py")
        ]
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))
        seen = {}
        while len(seen) < 2:
            published = await editor.next_published()
            seen[Path(published.uri).name] = [found.code for found in published.diagnostics]
        assert seen == {"b.py": [], "c.py": ["lambda-target"]}


async def test_progress_is_told_and_the_check_can_be_stopped(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"m{number}.py").write_text(MISTAKE)
    async with editing(tmp_path, PULL_AND_PROGRESS) as editor:
        checking = asyncio.create_task(check(editor))
        await shown(editor, tmp_path / "m0.py")
        (token,) = editor.client.progress_reports
        editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        outcome = await checking
        assert 0 < outcome["files"] < 200
        begin, *between, end = editor.client.progress_reports[token]
        assert (begin.kind, begin.title, begin.cancellable) == ("begin", "spawnsafe: checking the workspace", True)
        assert {report.kind for report in between} == {"report"}
        assert between[0].message.endswith("/200")
        assert end.kind == "end"
        assert editor.client.messages[-1].message.endswith(f"; stopped after {outcome['files']} files")


async def test_notebooks_are_checked_and_shown_by_the_lines_of_their_files(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in ("a = 1\n", MISTAKE)]
    text = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 4, "metadata": {}}, indent=1)
    path = tmp_path / "notebook.ipynb"
    path.write_text(text)
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        assert await check(editor) == {"files": 1, "findings": 1}
        published = await editor.next_published()
        [found] = published.diagnostics
        assert (published.uri, found.code) == (path.as_uri(), "lambda-target")
        assert found.message.startswith("In cell 2: A lambda has no importable name")
        [line] = text.splitlines()[found.range.start.line : found.range.end.line + 1]
        marked = line[found.range.start.character : found.range.end.character]
        assert marked == '"        print(pool.map(lambda n: n * n, [1, 2]))\\n"'
        path.write_text(text.replace("lambda n: n * n", "abs"))
        change = types.FileEvent(path.as_uri(), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        assert await shown(editor, path) == []


async def test_an_empty_workspace_is_checked(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=False)) as editor:
        assert await check(editor) == {"files": 0, "findings": 0}
        assert editor.client.messages[-1].message == "spawnsafe: found nothing; checked 0 files"
