"""The language server: receives, asks the analysis on its thread, answers."""

import asyncio
import gc
import importlib
import logging
import traceback
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import (
    FeatureNotificationError,
    JsonRpcContentModified,
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcMethodNotFound,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.uris import to_fs_path

from spawnsafe import __version__
from spawnsafe.lsp.client import Client
from spawnsafe.lsp.configuration import SECTION, Configuration, EditorSettings
from spawnsafe.lsp.documents import PYTHON, Snapshot, Workspace, document_path
from spawnsafe.lsp.sweep import Outcome, Sweep
from spawnsafe.lsp.worker import Worker

if TYPE_CHECKING:
    from pygls.server import ServerErrors

    from spawnsafe.lsp.analysis import Analysis
    from spawnsafe.lsp.report import Report

PAUSE = 0.05
"""Seconds without a keystroke before diagnostics are published."""
LONG_PAUSE = 0.3
"""Seconds without a keystroke before the other open documents are looked at again."""

_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithCells([types.NotebookCellLanguage(PYTHON)], notebook="*")], save=True
)

T = TypeVar("T")
log = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """The protocol of pygls, over documents of our own."""

    @cached_property
    def workspace(self) -> Workspace:
        """The open documents. Raises RuntimeError before `initialize`."""
        given = super().workspace
        folders = list(given.folders.values())
        return Workspace(given.root_uri, types.TextDocumentSyncKind.Incremental, folders, given.position_encoding)

    def structure_message(self, data: dict[str, Any]) -> object:
        """Return the message that was read. A request that is none is answered, for its client waits."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=error.to_response_error())
            raise


class Server(LanguageServer):
    """The state of one session, kept on the event loop; the analysis has its own on its own thread."""

    workspace: Workspace

    def __init__(self) -> None:
        super().__init__(
            "spawnsafe", __version__, notebook_document_sync=_NOTEBOOKS, protocol_cls=Protocol, max_workers=1
        )
        self.client = Client()
        self.configuration = Configuration()
        self._sweep = Sweep(self)
        self._worker = Worker()
        self._analysis: Analysis | None = None
        self._open: dict[Path, Snapshot] = {}
        self._tasks: dict[object, asyncio.Task[None]] = {}
        self._shown: dict[str, tuple[Snapshot, str]] = {}
        """What the client shows, by the URI of the document."""
        self._refreshed: dict[Path, str] = {}
        """For which results the client was last told to ask anew."""
        self._failed = False

    # Asking the analysis

    async def ask(self, job: "Callable[[Analysis], T]") -> T:
        """Run a job on the analysis thread, over the documents as they are when its turn comes."""
        loop = asyncio.get_running_loop()

        def tell(message: str) -> None:
            loop.call_soon_threadsafe(self.tell, types.MessageType.Warning, message)

        def run() -> T:
            if self._analysis is None:
                module = importlib.import_module("spawnsafe.lsp.analysis")
                gc.freeze()  # the thousands of classes loaded by now stay; no collection need look at them
                self._analysis = module.Analysis(self.client, self.workspace.codec, tell)
            self._analysis.sync(dict(self._open), self.configuration)
            return job(self._analysis)

        return await asyncio.wrap_future(self._worker.submit(run))

    async def report(self, uri: str) -> "Report | None":
        """Return the diagnostics of a document as it is when the turn comes, None if it is not open."""
        return await self._report(self.workspace.path(uri))

    async def _report(self, path: Path) -> "Report | None":
        return await self.ask(lambda analysis: analysis.report(path))

    # Documents and settings

    def changed(self, uri: str, *, pause: float) -> None:
        """Take over what a document or notebook is after it was opened, edited or saved, and look at it anew."""
        if snapshot := self.workspace.snapshot(uri):
            path = snapshot.path
            self._hide(self._open.get(path), but=snapshot)
            self._open[path] = snapshot
            self._sweep.opened(path)
            self._publish_after(pause, path)
        self._refresh_after(LONG_PAUSE)

    def closed(self, path: Path) -> None:
        """Forget a document or notebook after it was closed."""
        if last := self._open.pop(path, None):
            self._drop(path)
            self._hide(last)
            self._start(path, 0, partial(self._sweep.again, [path]))
        self._refresh_after(LONG_PAUSE)

    def _hide(self, last: Snapshot | None, but: Snapshot | None = None) -> None:
        """Show nothing more of what a document was, but of what of it there still is."""
        kept = {uri for uri, _ in but.documents} if but else set()
        for uri, _ in last.documents if last else ():
            if uri not in kept:
                self._shown.pop(unquote(uri), None)
                if not self.client.pulls:
                    self.publish(uri, None, [])

    def configure(self, everywhere: EditorSettings, by_folder: Mapping[Path, EditorSettings] | None = None) -> None:
        """Take over what the editor sets, the same for each workspace folder unless told otherwise."""
        folders = by_folder or dict.fromkeys(self._folders(), everywhere)
        configuration = Configuration(everywhere, folders)
        if configuration != self.configuration:
            self.configuration = configuration
            self._refresh_after(0)
            if self._open:
                self._start("decorations", 0, self._refresh_decorations)

    async def fetch_configuration(self) -> None:
        """Ask a client that can be asked for its settings, in general and for each workspace folder."""
        if not self.client.configuration:
            return
        folders = self._folders()
        items = [types.ConfigurationItem(scope_uri=uri, section=SECTION) for uri in (None, *folders.values())]
        answers = await self.workspace_configuration_async(types.ConfigurationParams(items))
        if any(answer is not None for answer in answers):
            everywhere, *by_folder = map(EditorSettings.read, answers)
            self.configure(everywhere, dict(zip(folders, by_folder, strict=True)))

    async def watch(self, patterns: Sequence[str]) -> None:
        """Have a client that can do so tell of changed files."""
        if self.client.watches:
            watchers = [types.FileSystemWatcher(pattern) for pattern in patterns]
            registration = types.Registration(
                "watch",
                types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                types.DidChangeWatchedFilesRegistrationOptions(watchers),
            )
            await self.client_register_capability_async(types.RegistrationParams([registration]))

    def _folders(self) -> dict[Path, str]:
        """Return the URIs of the workspace folders by their paths."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        if not uris and self.workspace.root_uri:
            uris = [self.workspace.root_uri]
        return {Path(path): uri for uri in uris if (path := to_fs_path(uri))}

    def is_open(self, path: Path) -> bool:
        """Whether a document is open now."""
        return path in self._open

    async def reread(self, changed: Iterable[str] = ()) -> None:
        """Look at the files on disk again, and anew at what they change. `changed` are URIs of files that have."""
        await self.ask(lambda analysis: analysis.reread())
        self._refresh_after(0)
        await self._sweep.again(map(document_path, changed))

    async def check_workspace(self) -> Outcome:
        """Check all files of the workspace, and show what is found in them."""
        return await self._sweep.run(list(self._folders()))

    # Diagnostics

    def shown(self, report: "Report", uri: str) -> None:
        """Remember what the client shows of a document, or of a cell; it may not ask for other cells by itself."""
        self._shown[unquote(uri)] = report.snapshot, report.result_id
        if self.client.pulls and self._is_stale(report):
            self._refresh_after(LONG_PAUSE)

    def _publish_after(self, pause: float, path: Path) -> None:
        if not self.client.pulls:
            self._start(path, pause, partial(self._publish_report, path))

    def _refresh_after(self, pause: float) -> None:
        self._start("refresh", pause, self._refresh)

    async def _publish_report(self, path: Path) -> None:
        report = await self._report(path)
        if report and self._open.get(path) is report.snapshot:
            for uri, version in report.snapshot.documents:
                self.shown(report, uri)
                self.publish(uri, version, report.items_of(uri))

    async def _refresh(self) -> None:
        """Have the client show anew what another file, another cell or a setting has changed."""
        reports = [await self._report(path) for path in list(self._open)]
        stale = {each.snapshot.path: each.result_id for each in reports if each and self._is_stale(each)}
        if not self.client.pulls:
            for path in stale:
                await self._publish_report(path)
        elif stale.items() <= self._refreshed.items():
            return  # it was told already, and does not ask for what it does not show
        elif self.client.refreshes:
            self._refreshed = stale
            await self.workspace_diagnostic_refresh_async(None)
        if stale:
            await self._refresh_decorations()

    async def _refresh_decorations(self) -> None:
        """Have the client ask again for what it shows between the lines and in them."""
        if self.client.refreshes_lenses:
            await self.workspace_code_lens_refresh_async(None)
        if self.client.refreshes_hints:
            await self.workspace_inlay_hint_refresh_async(None)

    def _is_stale(self, report: "Report") -> bool:
        """Whether the client shows the present text, in a part of it at least, with other diagnostics than it has."""
        uris = [unquote(uri) for uri, _ in report.snapshot.documents]
        shown = [self._shown[uri] for uri in uris if uri in self._shown]
        is_current = any(snapshot is report.snapshot for snapshot, _ in shown)
        return is_current and any(result_id != report.result_id for _, result_id in shown)

    def publish(self, uri: str, version: int | None, items: list[types.Diagnostic]) -> None:
        """Show diagnostics of a file, in place of those that were published before."""
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items, version))

    def _start(self, key: object, pause: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something after a pause, in place of what was to be done under that key."""
        self._drop(key)

        async def later() -> None:
            try:
                await asyncio.sleep(pause)
                await work()
            except Exception as error:  # noqa: BLE001  # whatever went wrong is reported
                self.report_server_error(error, FeatureNotificationError)

        self._tasks[key] = asyncio.get_running_loop().create_task(later())

    def _drop(self, key: object) -> None:
        if task := self._tasks.pop(key, None):
            task.cancel()

    # Places

    async def show_place(self, locations: Sequence[types.Location]) -> None:
        """Open one of some places, or say where they are to a client that opens none."""
        by_name = {f"{self.workspace.path(one.uri).name}:{one.range.start.line + 1}": one for one in locations}
        chosen: types.Location | None = locations[0]
        if not self.client.shows_documents:
            self.tell(types.MessageType.Info, f"sent in {', '.join(by_name)}")
            return
        if len(by_name) > 1:
            items = [types.MessageActionItem(name) for name in by_name]
            question = types.ShowMessageRequestParams(types.MessageType.Info, "Sent from several places", items)
            answer = await self.window_show_message_request_async(question)
            chosen = by_name.get(answer.title) if answer is not None else None
        if chosen is not None:
            place = types.ShowDocumentParams(chosen.uri, take_focus=True, selection=chosen.range)
            await self.window_show_document_async(place)

    # What goes wrong

    def tell(self, kind: types.MessageType, message: str) -> None:
        """Show one line to the user."""
        self.window_show_message(types.ShowMessageParams(kind, f"spawnsafe: {message}"))

    def report_server_error(self, error: Exception, source: "ServerErrors") -> None:
        """Log what went wrong; the first time, say that something did.

        Only where it happened and what it is called are logged, for messages may quote the user's program.
        """
        if isinstance(error, JsonRpcContentModified):
            return
        if source is JsonRpcException or isinstance(error, JsonRpcInvalidParams | JsonRpcMethodNotFound):
            log.warning("the client said what is no message that is known here (%s)", type(error).__name__)
            return
        data = getattr(error, "data", None)
        frames = data["traceback"] if isinstance(data, dict) and "traceback" in data else None
        where = "".join(frames or traceback.format_tb(error.__traceback__))
        log.error("%s (%s)\n%s", type(error).__name__, source.__name__, where)
        if not self._failed:
            self._failed = True
            self.tell(types.MessageType.Error, "something went wrong in the server; its log says where")
