"""Our places and findings as the protocol's types, and back: the only code that knows position encodings."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types

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

_UNITS = {
    types.PositionEncodingKind.Utf8: ("utf-8", 1),
    types.PositionEncodingKind.Utf16: ("utf-16-le", 2),
    types.PositionEncodingKind.Utf32: ("utf-32-le", 4),
}
"""How Python calls the encodings, and how many bytes a code unit has."""

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Codec:
    """Columns within a line: code points here, code units of the agreed encoding at the client."""

    encoding: types.PositionEncodingKind

    def column(self, line: str, units: int) -> int:
        """Return the column, in code points, after that many code units; clipped to the line."""
        nearest = min(units, len(line))  # no code point takes less than one unit
        if self.units(line, nearest) == nearest:
            return nearest
        return bisect_left(range(nearest), units, key=partial(self.units, line))

    def units(self, line: str, column: int) -> int:
        """Return how many code units there are before a column."""
        codec, size = _UNITS[self.encoding]
        return len(line[:column].encode(codec, "surrogatepass")) // size


@dataclass(frozen=True, slots=True)
class Part:
    """Edits of one document of the client, which is a file or a cell; `version` is that of an open one."""

    uri: str
    version: int | None
    text: Text
    edits: Sequence[Edit]
    is_new: bool = False
    """Whether there is no such file yet."""


class Files(Protocol):
    """What is known of files, open or not."""

    def locate(self, path: Path, span: Span) -> tuple[str, Text, Span]:
        """Return the URI and the text of the file, or of the cell of an open notebook, that has a span, and where."""

    def parts(self, path: Path, edits: Sequence[Edit]) -> "Iterable[Part]":
        """Return what edits change of a file, or of the cells of an open notebook."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Speaks one client's protocol: its encoding and no more than it understands."""

    codec: Codec
    client: Client
    files: Files

    def point(self, text: Text, position: types.Position, first: int = 0) -> Point:
        """Return the point at a position, clipped to its line; `first` is the line at which its document begins."""
        number = first + position.line
        return Point(number, self.codec.column(text.line(number), position.character))

    def span(self, text: Text, place: types.Range, first: int = 0) -> Span:
        """Return the span of a range."""
        return Span(self.point(text, place.start, first), self.point(text, place.end, first))

    def location(self, path: Path, span: Span) -> types.Location:
        """Return where a span is shown."""
        uri, text, inside = self.files.locate(path, span)
        return types.Location(uri, self.range(text, inside))

    def range(self, text: Text, span: Span) -> types.Range:
        """Return the range of a span."""
        return types.Range(self._position(text, span.start), self._position(text, span.end))

    def _position(self, text: Text, point: Point) -> types.Position:
        return types.Position(point.line, self.codec.units(text.line(point.line), point.column))

    def diagnostic(self, diagnostic: "Diagnostic") -> types.Diagnostic:
        """Return a diagnostic; notes go into its message if the client has no place for them."""
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
            range=self.location(diagnostic.path, finding.span).range,
            message="\n".join(lines),
            severity=severity,
            code=rule.code,
            code_description=types.CodeDescription(rule.page.as_uri()) if self._describes_codes else None,
            source="spawnsafe",
            related_information=related,
            data={"rule": rule.code, "targets": [str(target) for target in diagnostic.targets]},
        )

    @property
    def _describes_codes(self) -> bool:
        return self.client.code_description and self.client.opens_files

    def _related(self, note: "Note") -> types.DiagnosticRelatedInformation:
        return types.DiagnosticRelatedInformation(self.location(note.path, note.span), note.message)

    def workspace_edit(self, edits: Iterable["FileEdit"]) -> types.WorkspaceEdit:
        """Return edits as one change, for the versions that are open now; it makes the files that are not there."""
        by_path: dict[Path, list[Edit]] = {}
        for file_edit in edits:
            by_path.setdefault(file_edit.path, []).append(file_edit.edit)
        parts = [part for path, its in by_path.items() for part in self.files.parts(path, its)]
        if not self.client.versioned_edits:
            return types.WorkspaceEdit(changes={part.uri: self._text_edits(part) for part in parts})
        made = [types.CreateFile(part.uri) for part in parts if part.is_new]
        changed = [
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri=part.uri, version=part.version),
                self._text_edits(part),
            )
            for part in parts
        ]
        return types.WorkspaceEdit(document_changes=[*made, *changed])

    def _text_edits(self, part: Part) -> list[types.TextEdit]:
        return [types.TextEdit(self.range(part.text, edit.span), edit.text) for edit in part.edits]

    def hover(self, path: Path, hover: "Hover") -> types.Hover:
        """Return a hover as Markdown if the client shows that."""
        if self.client.markdown:
            content = types.MarkupContent(types.MarkupKind.Markdown, hover.markdown(self.client.link))
        else:
            content = types.MarkupContent(types.MarkupKind.PlainText, hover.plain)
        return types.Hover(content, self.location(path, hover.span).range)

    def inlay_hint(self, path: Path, hint: "Hint") -> types.InlayHint:
        """Return a hint, with a space before it."""
        position = self.location(path, Span(hint.at, hint.at)).range.start
        return types.InlayHint(
            position, f" {hint.text}", kind=types.InlayHintKind.Parameter, tooltip=hint.detail.replace("`", "")
        )

    def code_lens(self, place: types.Location, lens: "Lens") -> types.CodeLens:
        """Return a lens that is shown at a place, whose command shows the places to which it leads."""
        locations = [self.location(*one) for one in lens.places]
        command = types.Command(lens.title, SHOW_SENDS, arguments=[place.uri, place.range.start, locations])
        return types.CodeLens(place.range, command)
