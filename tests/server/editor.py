"""An editor for the tests: a real client of a real server process, with the texts that its user would see."""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pygls.uris import to_fs_path
from pytest_lsp import ClientServerConfig, LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

SERVER = [sys.executable, "-m", "spawnsafe", "server"]
TIMEOUT = 30.0

UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def capabilities(
    *,
    pull: bool,
    encoding: str = "utf-16",
    rich: bool = True,
    markdown: bool = True,
) -> types.ClientCapabilities:
    """Those of a modern editor; if not `rich`, those of one that has no use for anything optional."""
    resolve = types.ClientCodeActionResolveOptions(properties=["edit"]) if rich else None
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)]),
        workspace=types.WorkspaceClientCapabilities(
            configuration=rich,
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=pull),
            workspace_edit=types.WorkspaceEditClientCapabilities(
                document_changes=rich, resource_operations=[types.ResourceOperationKind.Create] if rich else None
            ),
        ),
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                version_support=True,
                related_information=rich,
                code_description_support=rich,
                data_support=rich,
            ),
            diagnostic=types.DiagnosticClientCapabilities() if pull else None,
            hover=types.HoverClientCapabilities(
                content_format=[types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText]
            ),
            code_action=types.CodeActionClientCapabilities(
                data_support=rich, resolve_support=resolve, is_preferred_support=True
            ),
        ),
    )


@dataclass
class Editor:
    client: LanguageClient
    folder: Path
    encoding: str
    pull: bool
    markdown: bool
    makes_files: bool
    """Whether an edit can make files."""
    published: "asyncio.Queue[types.PublishDiagnosticsParams]"
    files: dict[str, "File"] = field(default_factory=dict)

    def open(self, name: str, text: str, uri: str | None = None) -> "File":
        """Open a file of the folder; it need not be on disk."""
        file = File(self, self.folder / name, uri or (self.folder / name).as_uri(), text)
        self.files[file.uri] = file
        item = types.TextDocumentItem(file.uri, types.LanguageKind.Python, file.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return file

    def create(self, uri: str) -> None:
        """Make an empty file in the folder, and open it."""
        path = Path(to_fs_path(uri) or "")
        path.touch(exist_ok=False)
        self.open(path.name, "")

    async def next_published(self) -> types.PublishDiagnosticsParams:
        return await asyncio.wait_for(self.published.get(), TIMEOUT)

    async def apply(self, edit: types.WorkspaceEdit) -> None:
        """Change the open files as an editor does, if they still have the versions that the edit is for."""
        changes: dict[str, Sequence[Any]] = dict(edit.changes or {})
        for change in edit.document_changes or ():
            if isinstance(change, types.CreateFile):
                self.create(change.uri)
                continue
            assert isinstance(change, types.TextDocumentEdit)
            assert change.text_document.version in (None, self.files[change.text_document.uri].version)
            changes[change.text_document.uri] = change.edits
        for uri, edits in changes.items():
            file = self.files[uri]
            ordered = sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character))
            for one in reversed(ordered):
                file.replace(file.offset(one.range.start), file.offset(one.range.end), one.new_text)


@dataclass
class File:
    editor: Editor
    path: Path
    uri: str
    text: str
    version: int = 1

    @property
    def lines(self) -> list[str]:
        return [*io.StringIO(self.text, newline=""), ""]

    def offset(self, position: types.Position) -> int:
        codec, size = UNITS[self.editor.encoding]
        before = sum(map(len, self.lines[: position.line]))
        line = self.lines[position.line].rstrip("\r\n").encode(codec)
        assert position.character * size <= len(line)
        return before + len(line[: position.character * size].decode(codec))

    def position(self, offset: int) -> types.Position:
        codec, size = UNITS[self.editor.encoding]
        for number, line in enumerate(self.lines):
            if offset <= len(line.rstrip("\r\n")):
                return types.Position(number, len(line[:offset].encode(codec)) // size)
            offset -= len(line)
        raise AssertionError(offset)

    def range(self, part: str) -> types.Range:
        """The range of the first occurrence of a part of the text."""
        start = self.text.index(part)
        return types.Range(self.position(start), self.position(start + len(part)))

    def at(self, place: types.Range) -> str:
        return self.text[self.offset(place.start) : self.offset(place.end)]

    def replace(self, start: int, end: int, new: str) -> None:
        place = types.Range(self.position(start), self.position(end))
        self.change(types.TextDocumentContentChangePartial(place, new), start, end)

    def change(self, change: types.TextDocumentContentChangeEvent, start: int, end: int) -> None:
        self.version += 1
        self.text = self.text[:start] + change.text + self.text[end:]
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def edit(self, old: str, new: str) -> None:
        """Replace the first occurrence of a part of the text."""
        start = self.text.index(old)
        self.replace(start, start + len(old), new)

    def save(self) -> None:
        self.path.write_bytes(self.text.encode())
        params = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(self.uri))
        self.editor.client.text_document_did_save(params)

    def close(self) -> None:
        params = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(self.uri))
        self.editor.client.text_document_did_close(params)

    async def pull(self, known: str | None = None) -> types.DocumentDiagnosticReport:
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(self.uri), previous_result_id=known)
        return await asyncio.wait_for(self.editor.client.text_document_diagnostic_async(params), TIMEOUT)

    async def diagnostics(self) -> Sequence[types.Diagnostic]:
        """Those of the present version, in the way in which the client gets them."""
        if self.editor.pull:
            report = await self.pull()
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            return report.items
        while True:
            published = await self.editor.next_published()
            if published.uri == self.uri and published.version == self.version:
                return published.diagnostics

    async def codes(self) -> list[tuple[str, str]]:
        """The diagnostics as pairs of code and marked text."""
        return [(str(found.code), self.at(found.range)) for found in await self.diagnostics()]

    async def actions(
        self, part: str, only: Sequence[types.CodeActionKind | str] | None = None
    ) -> list[types.CodeAction]:
        """The code actions for a part of the text; the editor does not say what it sees there."""
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri),
            self.range(part),
            types.CodeActionContext(diagnostics=[], only=only),
        )
        found = await asyncio.wait_for(self.editor.client.text_document_code_action_async(params), TIMEOUT)
        return [action for action in found or () if isinstance(action, types.CodeAction)]

    async def apply(self, action: types.CodeAction) -> None:
        """Choose a code action."""
        if action.edit is None:
            action = await self.editor.client.code_action_resolve_async(action)
        assert action.edit
        await self.editor.apply(action.edit)

    async def hints(self) -> Sequence[types.InlayHint]:
        """The hints in the whole text."""
        params = types.InlayHintParams(types.TextDocumentIdentifier(self.uri), self.range(self.text))
        return await asyncio.wait_for(self.editor.client.text_document_inlay_hint_async(params), TIMEOUT) or []

    async def hover(self, part: str) -> types.Hover | None:
        params = types.HoverParams(types.TextDocumentIdentifier(self.uri), self.range(part).start)
        return await asyncio.wait_for(self.editor.client.text_document_hover_async(params), TIMEOUT)


@asynccontextmanager
async def editing(
    folder: Path,
    having: types.ClientCapabilities,
    options: object = None,
    settings: dict[str, object] | None = None,
    command: list[str] = SERVER,
) -> AsyncIterator[Editor]:
    """Start a server and an editor with a folder open, and stop both."""
    published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

    def publish(params: types.PublishDiagnosticsParams) -> None:
        published.put_nowait(params)

    def make_client() -> LanguageClient:
        client = LanguageClient(converter_factory=default_converter, configuration={"": {"spawnsafe": settings}})
        ours = {types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: publish}
        register_lsp_features(client, DEFAULT_CLIENT_FEATURES | ours)
        return client

    client = await ClientServerConfig(command, make_client).start()
    assert isinstance(client, LanguageClient)
    try:
        answer = await client.initialize_session(
            types.InitializeParams(
                having,
                initialization_options=options,
                workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
            )
        )
        document = having.text_document
        assert document
        assert document.hover
        encoding = answer.capabilities.position_encoding
        edits = having.workspace and having.workspace.workspace_edit
        yield Editor(
            client,
            folder,
            encoding=types.PositionEncodingKind(encoding).value,
            pull=document.diagnostic is not None,
            makes_files=bool(edits and edits.resource_operations),
            markdown=document.hover.content_format == [types.MarkupKind.Markdown],
            published=published,
        )
        await client.shutdown_session()
    finally:
        await client.stop()  # type: ignore[no-untyped-call]
