"""The server as an editor meets it: a real process, spoken to over its standard input and output."""

import asyncio
import platform
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from editor import TIMEOUT, Editor, File, capabilities, editing
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import to_fs_path

from spawnsafe import __version__
from spawnsafe.pages import read_page
from spawnsafe.rules import all_rules
from spawnsafe.run import run

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAMBDA = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(lambda n: n * n, range(4)))
"""
FOUND = [("lambda-target", "lambda n: n * n")]
METHODS = ("fork", "spawn", "forkserver")

CLIENTS: Mapping[str, types.ClientCapabilities] = {
    "push-utf-16": capabilities(pull=False),
    "pull-utf-16": capabilities(pull=True),
    "push-utf-8-plain": capabilities(pull=False, encoding="utf-8", rich=False),
    "pull-utf-32": capabilities(pull=True, encoding="utf-32", markdown=False),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CLIENTS)
async def editor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editing(tmp_path_factory.mktemp("project"), CLIENTS[request.param]) as editor:
        yield editor


LAMBDA_FIX = "quickfix.spawnsafe.lambda-target"


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not is_so():  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.02)


def runs(file: File) -> list[int | None]:
    """The exit status of a program under each start method."""
    file.path.write_bytes(file.text.encode())
    outcomes = [
        run([file.path.name], python=Path(sys.executable), method=method, cwd=file.path.parent, timeout=60)
        for method in METHODS
    ]
    return [outcome.status for outcome in outcomes]


# What is found


async def test_a_mistake_is_found_when_a_file_is_opened(editor: Editor) -> None:
    file = editor.open("opened.py", LAMBDA)
    [found] = await file.diagnostics()
    assert (found.code, file.at(found.range)) == FOUND[0]
    assert found.source == "spawnsafe"
    assert found.severity is types.DiagnosticSeverity.Error
    problem, advice, *_ = found.message.splitlines()
    assert "`pool.map`" in problem
    assert advice.endswith(".")
    if found.code_description:
        assert found.code_description.href.startswith("file://")
        assert found.code_description.href.endswith("lambda_target.md")


async def test_findings_follow_edits(editor: Editor) -> None:
    file = editor.open("edited.py", LAMBDA)
    assert await file.codes() == FOUND
    file.edit("from multi", "# One more line,\n# and another.\nfrom multi")
    assert await file.codes() == FOUND
    file.edit("lambda n: n * n", "abs")
    assert await file.codes() == []
    file.edit("abs", "lambda n: -n")
    assert await file.codes() == [("lambda-target", "lambda n: -n")]


async def test_columns_count_in_the_clients_encoding(editor: Editor) -> None:
    file = editor.open("astral.py", LAMBDA.replace("print(", 'print("😀é", '))
    assert await file.codes() == FOUND
    file.edit("😀", "😀😀")
    assert await file.codes() == FOUND
    file.edit("n * n", "'😀' * n")
    assert await file.codes() == [("lambda-target", "lambda n: '😀' * n")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_every_line_end_of_the_protocol_ends_a_line(editor: Editor, end: str) -> None:
    file = editor.open("ends.py", LAMBDA.replace("\n", end))
    assert await file.codes() == FOUND
    file.edit("from multi", f"import os{end}from multi")
    file.edit("lambda n: n * n", "lambda n: n")
    assert await file.codes() == [("lambda-target", "lambda n: n")]


@pytest.mark.parametrize("separator", ["\f", "\u2028", "\x85"])
async def test_nothing_else_ends_a_line(editor: Editor, separator: str) -> None:
    file = editor.open("separators.py", f'"""A{separator}B."""\n{LAMBDA}')
    assert await file.codes() == FOUND
    file.edit("A", "AAA")
    file.edit("lambda n: n * n", "lambda n: n")
    assert await file.codes() == [("lambda-target", "lambda n: n")]


async def test_findings_stay_while_the_text_is_broken(editor: Editor) -> None:
    file = editor.open("broken.py", LAMBDA)
    assert await file.codes() == FOUND
    file.edit("from multi", "def half(\nfrom multi")
    assert await file.codes() == FOUND
    file.edit("range(4)", "range(4")
    assert await file.codes() == FOUND
    file.edit("range(4", "range(4)")
    file.edit("def half(\n", "")
    assert await file.codes() == FOUND


async def test_a_closed_file_shows_nothing_and_can_be_opened_again(editor: Editor) -> None:
    file = editor.open("closed.py", LAMBDA)
    assert await file.codes() == FOUND
    file.close()
    if editor.pull:
        assert await file.codes() == []
    else:
        while (published := await editor.next_published()).uri != file.uri or published.diagnostics:
            pass
    assert await editor.open("closed.py", LAMBDA).codes() == FOUND


async def test_a_document_in_no_file_is_looked_at(editor: Editor) -> None:
    assert await editor.open("-", LAMBDA, uri="untitled:Untitled-1").codes() == FOUND


@pytest.mark.parametrize("uri", ["file:///%6Do/%61%20b.py", "file://server/share/a.py"])
async def test_the_clients_spelling_of_a_uri_is_kept(editor: Editor, uri: str) -> None:
    file = editor.open("a.py", LAMBDA, uri)
    assert await file.codes() == FOUND
    [action, *_] = await file.actions("lambda", only=[LAMBDA_FIX])
    await file.apply(action)
    assert await file.codes() == []
    file.close()


async def test_a_file_that_was_never_opened_has_no_answers(editor: Editor) -> None:
    file = File(editor, editor.folder / "unknown.py", "file:///unknown.py", LAMBDA)
    assert await file.hover("lambda") is None
    assert await file.actions("lambda") == []
    report = await file.pull()
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert not report.items


async def test_a_question_during_which_the_file_changes_is_answered_for_the_new_text(editor: Editor) -> None:
    file = editor.open("storm.py", LAMBDA)
    assert await file.codes() == FOUND
    for number in range(40):
        file.edit("range(", "range(1")
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(file.uri))
        pending = editor.client.protocol.send_request(types.TEXT_DOCUMENT_DIAGNOSTIC, params, msg_id=f"storm-{number}")
        pending.add_done_callback(lambda done: done.exception())
        editor.client.cancel_request(types.CancelParams(f"storm-{number}"))
    began = time.monotonic()
    assert await file.codes() == FOUND
    assert time.monotonic() - began < 10


# What can be done


async def test_a_quick_fix_is_offered_applied_and_the_program_runs(editor: Editor) -> None:
    file = editor.open("fixed.py", LAMBDA)
    [found] = await file.diagnostics()
    assert set(runs(file)) == {1}
    [action, *_] = await file.actions("n * n", only=[types.CodeActionKind.QuickFix])
    assert action.kind == LAMBDA_FIX
    assert action.is_preferred
    assert [*(action.diagnostics or ())] == [found]
    await file.apply(action)
    assert await file.codes() == []
    assert runs(file) == [0, 0, 0]


async def test_fixes_keep_windows_line_ends_and_count_columns_as_the_client_does(editor: Editor) -> None:
    text = LAMBDA.replace("print(", 'print("😀", ').replace("\n", "\r\n")
    file = editor.open("windows.py", text)
    assert await file.codes() == FOUND
    [action, *_] = await file.actions("lambda")
    await file.apply(action)
    assert await file.codes() == []
    assert "\n" not in file.text.replace("\r\n", "")
    assert runs(file) == [0, 0, 0]


async def test_all_safe_fixes_are_one_action(editor: Editor) -> None:
    second = "        print(pool.map(lambda n: -n, range(3)))\n"
    file = editor.open("all.py", LAMBDA + second)
    assert len(await file.codes()) == 2
    [action] = await file.actions("from", only=[types.CodeActionKind.SourceFixAll])
    assert action.kind == "source.fixAll.spawnsafe"
    await file.apply(action)
    assert await file.codes() == []
    assert runs(file) == [0, 0, 0]


async def test_all_findings_of_one_rule_are_repaired(editor: Editor) -> None:
    line = "        print(pool.map(lambda n: n * n, range(4)))\n"
    other = "        print(pool.map(abs, [-1]))  # spawnsafe: ignore[late-target]\n"
    file = editor.open("of-a-rule.py", LAMBDA + line.replace("n * n", "n + n") + other)
    assert [code for code, _ in await file.codes()] == ["lambda-target", "lambda-target", "unused-ignore"]
    title = "Fix all lambda-target in this file"
    [action] = [action for action in await file.actions("lambda") if action.title == title]
    await file.apply(action)
    assert [code for code, _ in await file.codes()] == ["unused-ignore"]
    assert title not in {action.title for action in await file.actions("late-target")}


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (["quickfix"], {LAMBDA_FIX}),
        (["quickfix.spawnsafe.lambda-target"], {LAMBDA_FIX}),
        (["quickfix.spawnsafe.late-target"], set()),
        (["source"], {"source.fixAll.spawnsafe"}),
        (["source.fixAll.spawnsafe"], {"source.fixAll.spawnsafe"}),
        (["source.fixAll.other"], set()),
        (["source.organizeImports"], set()),
        (["refactor"], set()),
        ([""], {LAMBDA_FIX, "source.fixAll.spawnsafe"}),
        (None, {LAMBDA_FIX, "source.fixAll.spawnsafe"}),
    ],
)
async def test_only_the_kinds_asked_for_are_offered(editor: Editor, only: list[str] | None, kinds: set[str]) -> None:
    file = editor.open("kinds.py", LAMBDA)
    assert {action.kind for action in await file.actions("lambda", only=only)} == kinds


async def test_nothing_is_offered_where_nothing_is_wrong(editor: Editor) -> None:
    file = editor.open("elsewhere.py", LAMBDA)
    assert await file.actions("import") == []


async def test_an_action_for_an_older_text_is_refused(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        file = editor.open("older.py", LAMBDA)
        [action, *_] = await file.actions("lambda")
        file.edit("range(4)", "range(5)")
        with pytest.raises(JsonRpcException, match="has changed"):
            await file.apply(action)
        assert not editor.client.messages


@pytest.mark.parametrize(
    ("title", "path", "change"),
    [
        ("Ignore lambda-target here", "a.py", (")))", ")))  # spawnsafe: ignore[lambda-target]")),
        ("Ignore lambda-target in this file", "a.py", ("from", "# spawnsafe: ignore-file[lambda-target]\nfrom")),
        ("Switch off lambda-target in this project", "pyproject.toml", ("now\n", 'now\n    "lambda-target",\n')),
    ],
)
@pytest.mark.parametrize("rich", [True, False])
async def test_a_finding_can_be_ignored(
    tmp_path: Path, title: str, path: str, change: tuple[str, str], *, rich: bool
) -> None:
    project = '# of ours\n[tool.spawnsafe]\nignore = [\n    "start", # for now\n]\n'
    (tmp_path / "pyproject.toml").write_text(project)
    async with editing(tmp_path, capabilities(pull=True, rich=rich)) as editor:
        file = editor.open("a.py", LAMBDA)
        settings = editor.open("pyproject.toml", project)
        actions = [action for action in await file.actions("lambda") if action.title == title]
        assert [(action.kind, action.is_preferred) for action in actions] == [(LAMBDA_FIX, False)]
        await file.apply(actions[0])
        changed = {"a.py": LAMBDA, "pyproject.toml": project}
        changed[path] = changed[path].replace(*change)
        assert {"a.py": file.text, "pyproject.toml": settings.text} == changed
        settings.save()
        editor.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([types.FileEvent(settings.uri, types.FileChangeType.Changed)])
        )
        assert await file.codes() == []


@pytest.mark.parametrize("rich", [True, False])
async def test_settings_are_made_where_there_are_none(tmp_path: Path, *, rich: bool) -> None:
    title = "Switch off lambda-target in this project"
    async with editing(tmp_path, capabilities(pull=True, rich=rich)) as editor:
        file = editor.open("a.py", LAMBDA)
        actions = [action for action in await file.actions("lambda") if action.title == title]
        assert len(actions) == rich
        for action in actions:
            await file.apply(action)
            settings = editor.files[(tmp_path / "spawnsafe.toml").as_uri()]
            assert settings.text == 'ignore = ["lambda-target"]\n'
            settings.save()
            editor.client.workspace_did_change_watched_files(
                types.DidChangeWatchedFilesParams([types.FileEvent(settings.uri, types.FileChangeType.Created)])
            )
            assert await file.codes() == []


async def test_all_safe_fixes_are_offered_only_where_there_is_one(tmp_path: Path) -> None:
    only = [types.CodeActionKind.SourceFixAll]
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        assert await editor.open("a.py", LAMBDA.replace("lambda n: n * n", "abs")).actions("from", only=only) == []
        assert len(await editor.open("b.py", LAMBDA).actions("from", only=only)) == 1


async def test_hover_explains_what_is_sent(editor: Editor) -> None:
    work = "def work(n):\n    return n\n\n\n"
    text = LAMBDA.replace("lambda n: n * n", "work").replace("if __name__", f"{work}if __name__")
    file = editor.open("hovered.py", text)
    hover = await file.hover("work, range")
    assert hover
    assert hover.range
    assert file.at(hover.range) == "work"
    assert isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.kind is (types.MarkupKind.Markdown if editor.markdown else types.MarkupKind.PlainText)
    first, *_ = hover.contents.value.splitlines()
    assert first == (
        "**`work` is sent to workers as `__main__.work`**"
        if editor.markdown
        else "work is sent to workers as __main__.work"
    )
    assert await file.hover("import") is None


async def test_links_in_hovers_lead_to_a_command_of_the_client_that_has_one(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=True), {"explainCommand": "client.explain"}) as editor:
        hover = await editor.open("a.py", LAMBDA).hover("lambda")
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.value.endswith("More: [lambda-target](command:client.explain?%5B%22lambda-target%22%5D)")


CHUNKS = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(abs, range(100)), "😀")
"""


async def test_the_chunksize_is_shown_and_can_be_written_down(editor: Editor) -> None:
    file = editor.open("chunks.py", CHUNKS)
    (hint,) = await file.hints()
    assert hint.label == " chunksize=13"
    assert file.text[: file.offset(hint.position)].endswith("range(100)")
    (action,) = await file.actions("map", only=["refactor.rewrite"])
    assert action.title == "Write `chunksize=13`"
    await file.apply(action)
    assert file.text == CHUNKS.replace("range(100)", "range(100), chunksize=13")
    assert await file.hints() == []


async def test_code_can_be_written_anew_where_nothing_is_wrong(editor: Editor) -> None:
    local = (
        "def scaled(rows, factor):\n    def scale(n):\n        return n * factor\n\n    return map(scale, rows)\n\n\n"
    )
    text = CHUNKS.replace("if __name__", f"{local}if __name__").replace("range(100)", "scaled([1], 3)")
    file = editor.open("anew.py", text)
    assert await file.codes() == []
    for part, only, kind, title in (
        ("scale(n)", ["refactor"], "refactor.extract.spawnsafe", "Move `scale` to module level"),
        ("Pool(2)", ["refactor.rewrite"], None, None),
        ("scaled(rows", None, None, None),
    ):
        actions = await file.actions(part, only=only)
        assert [(action.kind, action.title) for action in actions] == [(kind, title)] * (kind is not None)
        for action in actions:
            assert not action.is_preferred
            assert not action.diagnostics
            await file.apply(action)
    assert "    return map(partial(scale, factor), rows)" in file.text
    assert await file.codes() == []
    assert runs(file) == [0, 0, 0]


# Other files and settings


async def test_a_change_in_one_file_changes_what_is_shown_of_another(editor: Editor) -> None:
    helper = editor.open("helper.py", "work = lambda n: n\n")
    user = editor.open(
        "user.py",
        LAMBDA.replace("lambda n: n * n", "work").replace("Pool\n", "Pool\nfrom helper import work\n"),
    )
    assert len(await user.diagnostics()) == 1
    refreshes = editor.client.diagnostic_refresh_count
    helper.edit("work = lambda n: n\n", "def work(n):\n    return n\n")
    if editor.pull:
        await until(lambda: editor.client.diagnostic_refresh_count > refreshes)
        assert await user.codes() == []
    else:
        while (published := await editor.next_published()).uri != user.uri or published.diagnostics:
            pass


async def test_what_another_file_sends_is_shown_where_it_stands(editor: Editor) -> None:
    sending = LAMBDA.replace("lambda n: n * n", "work").replace("Pool\n", "Pool\nfrom tasks import work\n")
    user = editor.open("user.py", sending)
    tasks = editor.open("tasks.py", "import sys\n\ndef work(n):\n    sys.exit(n)\n")
    assert [found.code for found in await tasks.diagnostics()] == ["exit-in-worker"]
    refreshes = editor.client.diagnostic_refresh_count
    user.edit("pool.map(work", "pool.map(abs")
    if editor.pull:
        await until(lambda: editor.client.diagnostic_refresh_count > refreshes)
        assert await tasks.codes() == []
    else:
        while (published := await editor.next_published()).uri != tasks.uri or published.diagnostics:
            pass


async def test_hints_can_be_turned_off(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=True), {"settings": {"inlay-hints": False}}) as editor:
        assert await editor.open("chunks.py", CHUNKS).hints() == []


async def test_settings_of_the_editor_hold(tmp_path: Path) -> None:
    options = {"settings": {"ignore": ["lambda-target"]}}
    async with editing(tmp_path, capabilities(pull=True), options) as editor:
        file = editor.open("a.py", LAMBDA)
        assert await file.codes() == []
        editor.client.set_configuration({"severity": {"lambda-target": "information"}}, section="spawnsafe")
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))
        await until(lambda: editor.client.diagnostic_refresh_count > 0)
        [found] = await file.diagnostics()
        assert found.severity is types.DiagnosticSeverity.Information


async def test_settings_are_taken_from_a_client_that_cannot_be_asked(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=False, rich=False)) as editor:
        file = editor.open("a.py", LAMBDA)
        assert await file.codes() == FOUND
        params = types.DidChangeConfigurationParams({"spawnsafe": {"ignore": ["lambda-target"]}})
        editor.client.workspace_did_change_configuration(params)
        assert await file.codes() == []


async def test_each_wrong_setting_is_told_when_it_is_set(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=False, rich=False)) as editor:
        assert await editor.open("a.py", LAMBDA).codes() == FOUND
        for wrong in ({"ignore": "lambda-target"}, {"targets": ["solaris-3.12"]}, {"severity": {"lambda-target": 1}}):
            settings = types.DidChangeConfigurationParams({"spawnsafe": wrong})
            told = len(editor.client.messages)
            editor.client.workspace_did_change_configuration(settings)
            await until(lambda told=told: len(editor.client.messages) > told)
        assert [
            f"spawnsafe.{name}" in message.message
            for message, name in zip(editor.client.messages, ("ignore", "targets", "severity"), strict=True)
        ] == [True] * 3


async def test_decorators_are_looked_up_in_the_selected_environment(tmp_path: Path) -> None:
    site = tmp_path / "env" / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "env" / "bin").mkdir()
    (tmp_path / "env" / "bin" / "python").touch()
    (site / "library.py").write_text("def same(function):\n    return function\n", encoding="utf-8")
    program = "from library import same\nfrom multiprocessing import Pool\ndef main():\n    @same\n"
    program += "    def work(n): ...\n    with Pool() as pool:\n        pool.map(work, [1])\n"
    options = {"environment": str(tmp_path / "env" / "bin" / "python")}
    for selected, codes in ((options, ["local-target"]), (None, [])):
        async with editing(tmp_path, capabilities(pull=True, rich=False), selected) as editor:
            assert [code for code, _ in await editor.open("a.py", program).codes()] == codes


async def test_settings_of_the_project_hold_and_are_read_again_when_it_changes(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.spawnsafe]\nignore = ["pickling"]\n')
    async with editing(tmp_path, capabilities(pull=False)) as editor:
        file = editor.open("a.py", LAMBDA)
        assert await file.codes() == []
        (tmp_path / "pyproject.toml").write_text("[tool.spawnsafe]\n")
        file.save()
        while not (await editor.next_published()).diagnostics:
            pass


async def test_a_wrong_setting_is_told_in_one_message_and_the_rest_goes_on(tmp_path: Path) -> None:
    options = {"settings": {"sellect": ["lambda-target"]}}
    async with editing(tmp_path, capabilities(pull=False, rich=False), options) as editor:
        assert await editor.open("a.py", LAMBDA).codes() == FOUND
        assert await editor.open("b.py", LAMBDA).codes() == FOUND
        [message] = editor.client.messages
        assert "spawnsafe.sellect" in message.message
        assert "\n" not in message.message


async def test_an_excluded_file_is_not_looked_at(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        (tmp_path / "build").mkdir()
        assert await editor.open("build/a.py", LAMBDA).codes() == []


# Results that are known already


async def test_a_result_that_is_known_is_not_sent_again(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        file = editor.open("a.py", LAMBDA)
        first = await file.pull()
        assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
        assert isinstance(await file.pull(first.result_id), types.RelatedUnchangedDocumentDiagnosticReport)
        file.edit("range(4)", "range(5)")
        assert isinstance(await file.pull(first.result_id), types.RelatedUnchangedDocumentDiagnosticReport)
        file.edit("range(5)", "range(5), 2")
        file.edit("from multi", "\nfrom multi")
        assert isinstance(await file.pull(first.result_id), types.RelatedFullDocumentDiagnosticReport)


# When the server itself is wrong


async def test_an_error_in_the_server_is_told_once_and_logged_without_the_users_code(tmp_path: Path) -> None:
    code = """
import sys, spawnsafe.check

def check(*_):
    print("stray")
    raise RuntimeError("lambda of the user")

spawnsafe.check.check = check
sys.stderr = open(sys.argv[1], "w")
from spawnsafe.lsp import serve
serve()
"""
    log = tmp_path / "log"
    command = [sys.executable, "-c", code, str(log)]
    async with editing(tmp_path, capabilities(pull=True), command=command) as editor:
        file = editor.open("a.py", LAMBDA)
        for _ in range(3):
            with pytest.raises(JsonRpcException):
                await file.pull()
        assert await file.hover("import") is None
        assert len(editor.client.messages) == 1
    assert "RuntimeError" in log.read_text()
    assert "user" not in log.read_text()


async def test_logs_hold_no_code(tmp_path: Path) -> None:
    code = "import sys; sys.stderr = open(sys.argv[1], 'w'); from spawnsafe.lsp import serve; serve()"
    log = tmp_path / "log"
    async with editing(tmp_path, capabilities(pull=True), command=[sys.executable, "-c", code, str(log)]) as editor:
        file = editor.open("a.py", LAMBDA)
        assert await file.codes() == FOUND
        editor.client.cancel_request(types.CancelParams("no such request"))
        editor.client.protocol.notify("spawnsafe/unknown", {"text": LAMBDA})
        assert await file.codes() == FOUND
    assert log.read_text() == ""


# What an editor shows beside the text


async def ask(editor: Editor, method: str, params: object = None) -> Any:  # noqa: ANN401  # whatever the server answers
    return await asyncio.wait_for(editor.client.protocol.send_request_async(method, params), TIMEOUT)


async def test_the_server_says_what_it_is_and_where_a_file_must_run(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.spawnsafe]\ntargets = ["linux-3.13", "macos-3.14"]\n')
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        status = await ask(editor, "spawnsafe/status", {"uri": (tmp_path / "never_opened.py").as_uri()})
        assert status.version == __version__
        assert status.python == platform.python_version()
        assert Path(status.interpreter) == Path(sys.executable)
        assert status.targets == "on macOS with Python 3.14 and on Linux with Python 3.13"


async def test_every_rule_and_advice_has_a_page_to_show(editor: Editor) -> None:
    pages = {page["name"]: page for page in await ask(editor, "spawnsafe/pages")}
    rules = {rule.code: (rule.family, rule.summary) for rule in all_rules()}
    assert {name: (page["family"], page["summary"]) for name, page in pages.items() if name in rules} == rules
    assert {page["family"] for name, page in pages.items() if name not in rules} == {"advice"}
    titles = {name: read_page(Path(str(to_fs_path(page["uri"])))).title for name, page in pages.items()}
    assert titles == {name: name for name in pages}
