"""What the server answers: each feature fetches, asks and hands on."""

import asyncio
import platform
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified

from spawnsafe import __version__
from spawnsafe.lsp.client import Client
from spawnsafe.lsp.configuration import SECTION, EditorSettings
from spawnsafe.lsp.convert import SHOW_SENDS
from spawnsafe.lsp.documents import document_path, notebook_path
from spawnsafe.lsp.lifetime import exit_with
from spawnsafe.lsp.server import PAUSE, Server

_F = TypeVar("_F", bound=Callable[..., Any])
CHECK_WORKSPACE = "spawnsafe.checkWorkspace"
_WATCHED = ("**/pyproject.toml", "**/spawnsafe.toml", "**/setup.cfg", "**/*.py", "**/*.pyw", "**/*.ipynb")
_features: list[tuple[str, object, Callable[..., Any]]] = []


def register(server: Server) -> None:
    """Give a server all the features of this module."""
    for method, options, handler in _features:
        server.feature(method, options)(partial(handler, server))
    server.command(CHECK_WORKSPACE)(partial(check_workspace, server))
    server.command(SHOW_SENDS)(partial(show_sends, server))


def _feature(method: str, options: object = None) -> Callable[[_F], _F]:
    def keep(handler: _F) -> _F:
        _features.append((method, options, handler))
        return handler

    return keep


@_feature(types.INITIALIZE)
def initialize(server: Server, params: types.InitializeParams) -> None:
    """Learn who the client is."""
    server.client = Client.of(params)
    server.configure(EditorSettings.read_options(params.initialization_options))
    if params.process_id is not None:
        exit_with(params.process_id)


@_feature(types.INITIALIZED)
async def initialized(server: Server, _: types.InitializedParams) -> None:
    """Learn the settings, and load the analysis while nothing is asked of it yet."""
    await asyncio.gather(server.ask(lambda _: None), server.fetch_configuration(), server.watch(_WATCHED))


@_feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
async def did_change_watched_files(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """Look at the files on disk again."""
    await server.reread(change.uri for change in params.changes)


@_feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
async def did_change_configuration(server: Server, params: types.DidChangeConfigurationParams) -> None:
    """Take the settings over; a client that can be asked knows more than it sends."""
    if not server.client.configuration and isinstance(params.settings, dict) and SECTION in params.settings:
        server.configure(EditorSettings.read(params.settings[SECTION]))
    await server.fetch_configuration()


@_feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
async def did_change_workspace_folders(server: Server, _: types.DidChangeWorkspaceFoldersParams) -> None:
    """Learn the settings of the new folders."""
    server.configure(server.configuration.everywhere)
    await server.fetch_configuration()


@_feature(types.TEXT_DOCUMENT_DID_OPEN)
def did_open(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    """Look at a document at once."""
    server.changed(params.text_document.uri, pause=0)


@_feature(types.TEXT_DOCUMENT_DID_CHANGE)
def did_change(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    """Look at a document when its user stops typing."""
    server.changed(params.text_document.uri, pause=PAUSE)


@_feature(types.TEXT_DOCUMENT_DID_SAVE)
async def did_save(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    """Look at a document at once, in the light of what else is on disk."""
    server.changed(params.text_document.uri, pause=0)
    await server.reread()


@_feature(types.TEXT_DOCUMENT_DID_CLOSE)
def did_close(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a document and what is shown of it."""
    server.closed(document_path(params.text_document.uri))


@_feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
def did_open_notebook(server: Server, params: types.DidOpenNotebookDocumentParams) -> None:
    """Look at a notebook at once."""
    server.changed(params.notebook_document.uri, pause=0)


@_feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
def did_change_notebook(server: Server, params: types.DidChangeNotebookDocumentParams) -> None:
    """Look at a notebook when its user stops typing."""
    server.changed(params.notebook_document.uri, pause=PAUSE)


@_feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
async def did_save_notebook(server: Server, params: types.DidSaveNotebookDocumentParams) -> None:
    """Look at a notebook at once, in the light of what else is on disk."""
    server.changed(params.notebook_document.uri, pause=0)
    await server.reread()


@_feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
def did_close_notebook(server: Server, params: types.DidCloseNotebookDocumentParams) -> None:
    """Forget a notebook and what is shown of it."""
    server.closed(notebook_path(params.notebook_document.uri))


@_feature(
    types.TEXT_DOCUMENT_DIAGNOSTIC,
    types.DiagnosticOptions(identifier="spawnsafe", inter_file_dependencies=True, workspace_diagnostics=False),
)
async def diagnostic(server: Server, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """Return the diagnostics of a document, or that they are those that the client has."""
    report = await server.report(params.text_document.uri)
    if report is None:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    server.shown(report, params.text_document.uri)
    if params.previous_result_id == report.result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=report.result_id)
    items = report.items_of(params.text_document.uri)
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=report.result_id)


@_feature(types.TEXT_DOCUMENT_HOVER)
async def hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    """Explain what is sent or started at a place."""
    return await server.ask(lambda analysis: analysis.hover(params.text_document.uri, params.position))


@_feature(types.TEXT_DOCUMENT_INLAY_HINT)
async def inlay_hint(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Show what calls use that do not say it."""
    return await server.ask(lambda analysis: analysis.inlay_hints(params.text_document.uri, params.range))


@_feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())
async def code_lens(server: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Show above definitions that they run in workers."""
    return await server.ask(lambda analysis: analysis.code_lenses(params.text_document.uri))


@_feature(
    types.TEXT_DOCUMENT_CODE_ACTION,
    types.CodeActionOptions(
        code_action_kinds=[
            types.CodeActionKind.QuickFix,
            "refactor.extract.spawnsafe",
            "refactor.rewrite.spawnsafe",
            "source.fixAll.spawnsafe",
        ],
        resolve_provider=True,
    ),
)
async def code_action(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the repairs of what is wrong in a range."""
    return await server.ask(lambda analysis: analysis.actions(params.text_document.uri, params))


@_feature(types.CODE_ACTION_RESOLVE)
async def code_action_resolve(server: Server, action: types.CodeAction) -> types.CodeAction:
    """Add the edit to an action; refuse it for a document that has changed since."""
    resolved = await server.ask(lambda analysis: analysis.resolve(action))
    if resolved is None:
        raise JsonRpcContentModified("the file has changed since this action was offered")
    return resolved


async def check_workspace(server: Server) -> dict[str, int]:
    """Check all files of the workspace, and say in the end what came of it."""
    outcome = await server.check_workspace()
    server.tell(types.MessageType.Info, str(outcome))
    return {"files": outcome.files, "findings": outcome.findings}


@_feature("spawnsafe/status")
async def status(server: Server, params: object) -> dict[str, object]:
    """Return what an editor shows of this server: version and Python, and of `{"uri": …}` the targets, as a phrase."""
    path = server.workspace.path(str(getattr(params, "uri", "")))
    targets = await server.ask(lambda analysis: analysis.targets(path))
    return {
        "version": __version__,
        "python": platform.python_version(),
        "interpreter": sys.executable,
        "targets": str(targets),
    }


@_feature("spawnsafe/pages")
async def pages(server: Server, _: object) -> list[dict[str, str]]:
    """Return the pages that explain: of each rule, and of advice. `{"name", "family", "summary", "uri"}` each."""
    return await server.ask(lambda analysis: analysis.pages())


async def show_sends(server: Server, _uri: str, _position: types.Position, locations: list[types.Location]) -> None:
    """Open the place of a lens, which the user chooses if there are several. A client with a list of its own uses that.

    The first two arguments say where the lens is, for such a client.
    """
    await server.show_place(locations)
