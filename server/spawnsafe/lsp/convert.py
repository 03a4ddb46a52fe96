"""Our places and findings as the protocol's types, and back: the only code that knows position encodings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types
from pygls.workspace import PositionCodec

from spawnsafe.lsp.client import Client
from spawnsafe.source import Edit, Point, Span, Text

if TYPE_CHECKING:  # at run time these would bring libcst along, before the client has its first answer
    from spawnsafe.check import Diagnostic
    from spawnsafe.findings import FileEdit, Note
    from spawnsafe.hints import Hint
    from spawnsafe.hover import Hover
    from spawnsafe.lenses import Lens

SHOW_SENDS = "spawnsafe.showSends"
"""The command of a lens. Its arguments are those of VS Code's `editor.action.showReferences`."""

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Codec:
    """Columns within a line: code points here, code units of the agreed encoding at the client."""

    codec: PositionCodec

    def column(self, line: str, units: int) -> int:
        """Return the column, in code points, after that many code units; clipped to the line."""
        position = types.Position(0, units)
        found: int = self.codec.position_from_client_units([f"{line}\n"], position).character
        return min(found, len(line))

    def units(self, line: str, column: int) -> int:
        """Return how many code units there are before a column."""
        units: int = self.codec.client_num_units(line[:column])
        return units


class Files(Protocol):
    """What is known of files, open or not."""

    def text(self, path: Path) -> Text:
        """Return the text of a file as it is in the editor, else on disk; empty if it cannot be read."""

    def exists(self, path: Path) -> bool:
        """Whether there is a file, open or on disk."""

    def uri(self, path: Path) -> str:
        """Return the URI of a file, spelled as the client does if it is open."""

    def version(self, path: Path) -> int | None:
        """Return the version of an open file."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Speaks one client's protocol: its encoding and no more than it understands."""

    codec: Codec
    client: Client
    files: Files

    def point(self, text: Text, position: types.Position) -> Point:
        """Return the point at a position, clipped to its line."""
        line = text.line(position.line)
        return Point(position.line, self.codec.column(line, position.character))

    def span(self, text: Text, place: types.Range) -> Span:
        """Return the span of a range."""
        return Span(self.point(text, place.start), self.point(text, place.end))

    def range(self, text: Text, span: Span) -> types.Range:
        """Return the range of a span."""
        return types.Range(self._position(text, span.start), self._position(text, span.end))

    def _position(self, text: Text, point: Point) -> types.Position:
        return types.Position(point.line, self.codec.units(text.line(point.line), point.column))

    def diagnostic(self, text: Text, diagnostic: "Diagnostic") -> types.Diagnostic:
        """Return a diagnostic of that text; notes go into its message if the client has no place for them."""
        finding, rule = diagnostic.finding, diagnostic.rule
        lines = [finding.problem, finding.help]
        severity = _SEVERITIES[diagnostic.severity.value]
        if rule.family == "performance" and severity is types.DiagnosticSeverity.Information:
            severity = types.DiagnosticSeverity.Hint
        related = None
        if self.client.related_information:
            related = [self._related(note) for note in diagnostic.notes] or None
        else:
            lines += [note.message for note in diagnostic.notes]
        return types.Diagnostic(
            range=self.range(text, finding.span),
            message="\n".join(lines),
            severity=severity,
            code=rule.code,
            code_description=(types.CodeDescription(rule.page.as_uri()) if self.client.code_description else None),
            source="spawnsafe",
            related_information=related,
            data={"rule": rule.code, "targets": [str(target) for target in diagnostic.targets]},
        )

    def _related(self, note: "Note") -> types.DiagnosticRelatedInformation:
        return types.DiagnosticRelatedInformation(self.location(note.path, note.span), note.message)

    def workspace_edit(self, edits: Iterable["FileEdit"]) -> types.WorkspaceEdit:
        """Return edits as one change, for the versions that are open now; it makes the files that are not there."""
        by_path: dict[Path, list[Edit]] = {}
        for file_edit in edits:
            by_path.setdefault(file_edit.path, []).append(file_edit.edit)
        if not self.client.versioned_edits:
            changes = {self.files.uri(path): self._text_edits(path, its) for path, its in by_path.items()}
            return types.WorkspaceEdit(changes=changes)
        made = [types.CreateFile(self.files.uri(path)) for path in by_path if not self.files.exists(path)]
        changed = [
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(
                    uri=self.files.uri(path), version=self.files.version(path)
                ),
                self._text_edits(path, its),
            )
            for path, its in by_path.items()
        ]
        return types.WorkspaceEdit(document_changes=[*made, *changed])

    def _text_edits(self, path: Path, edits: Sequence[Edit]) -> list[types.TextEdit]:
        text = self.files.text(path)
        return [types.TextEdit(self.range(text, edit.span), edit.text) for edit in edits]

    def hover(self, text: Text, hover: "Hover") -> types.Hover:
        """Return a hover as Markdown if the client shows that."""
        if self.client.markdown:
            content = types.MarkupContent(types.MarkupKind.Markdown, hover.markdown)
        else:
            content = types.MarkupContent(types.MarkupKind.PlainText, hover.plain)
        return types.Hover(content, self.range(text, hover.span))

    def inlay_hint(self, text: Text, hint: "Hint") -> types.InlayHint:
        """Return a hint, with a space before it."""
        position = self._position(text, hint.at)
        return types.InlayHint(
            position, f" {hint.text}", kind=types.InlayHintKind.Parameter, tooltip=hint.detail.replace("`", "")
        )

    def code_lens(self, path: Path, text: Text, lens: "Lens") -> types.CodeLens:
        """Return a lens of a file, whose command shows the places to which it leads."""
        place = self.range(text, lens.span)
        locations = [self.location(*one) for one in lens.places]
        arguments = [self.files.uri(path), place.start, locations]
        command = types.Command(lens.title, SHOW_SENDS, arguments=arguments)
        return types.CodeLens(place, command)

    def location(self, path: Path, span: Span) -> types.Location:
        """Return a place in a file."""
        return types.Location(self.files.uri(path), self.range(self.files.text(path), span))
