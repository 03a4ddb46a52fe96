"""The open documents and the projects in which they are. Used on the analysis thread alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from spawnsafe.check import Policy
from spawnsafe.lsp.configuration import SECTION, Configuration
from spawnsafe.lsp.convert import Part
from spawnsafe.lsp.documents import Snapshot, document_path
from spawnsafe.model import Module, Project
from spawnsafe.settings import FILES, Settings, SettingsError, load_settings, parse_settings
from spawnsafe.source import Edit, Point, Span, Text
from spawnsafe.syntax.notebook import SUFFIX as NOTEBOOK
from spawnsafe.syntax.notebook import NotebookFile


@dataclass(frozen=True, slots=True, eq=False)
class _Root:
    """A folder with settings of its own, and the project in it."""

    settings: Settings
    environment: Path | None
    project: Project


class Projects:
    """Files by path, open or not, with their models and their settings. `tell` shows one line to the user."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.open: Mapping[Path, Snapshot] = {}
        self._homes: dict[str, tuple[Path, int]] = {}
        self._configuration = Configuration()
        self._roots: dict[Path, _Root] = {}
        self._root_of: dict[Path, _Root] = {}
        self._tell = tell
        self._told: set[str] = set()

    def sync(self, documents: Mapping[Path, Snapshot], configuration: Configuration) -> None:
        """Take over which documents are open and what the editor set."""
        if configuration != self._configuration:
            self._configuration = configuration
            self.reread()
        if documents != self.open:
            closed, self.open = self.open.keys() - documents.keys(), documents
            self._homes = {unquote(uri): home for each in documents.values() for uri, home in _homes(each)}
            for root in self._roots.values():
                for path in closed:
                    root.project.close(path)
                self._overlay(root.project)

    def reread(self) -> None:
        """Look at settings and files on disk again."""
        self._told.clear()
        self._root_of.clear()
        for root in self._roots.values():
            root.project.refresh()

    def settings(self, path: Path) -> Settings:
        """Return the settings that hold for a file."""
        return self.settings_of(path.parent)

    def settings_of(self, folder: Path) -> Settings:
        """Return the settings that hold for the files of a folder."""
        return self._root_for(folder).settings

    def is_relevant(self, path: Path) -> bool:
        """Whether anything can be found in a file. Raises OSError if it cannot be read."""
        return self._root(path).project.is_relevant(path)

    def module(self, path: Path) -> Module:
        """Return the model of a file. Raises OSError, UnicodeDecodeError or SyntaxError."""
        return self._root(path).project.module(path)

    def changes_around(self, path: Path) -> int:
        """Return a number that is another one if anything but this file may have changed since."""
        return self._root(path).project.changes_around(path)

    def policy(self, path: Path) -> Policy:
        """Return what counts in a file."""
        return self.settings(path).policy(path)

    def overlay(self, path: Path, text: str | None) -> None:
        """Let a text stand for an open document, None for its own."""
        for root in self._roots.values():
            root.project.open(path, self.open[path].source if text is None else text)

    def text(self, path: Path) -> Text:
        """Return the text of a file; empty if it cannot be read."""
        try:
            if path.suffix == ".toml":
                return Text(path.read_bytes().decode())
            return self.module(path).text
        except (OSError, UnicodeDecodeError, SyntaxError):
            return Text("")

    def folder(self, path: Path) -> Path | None:
        """Return the workspace folder in which a file is."""
        return self._configuration.folder(path)

    def home(self, uri: str) -> tuple[Path, int]:
        """Return the path of a document, and at which line of the text there it begins: a cell, further below."""
        return self._homes.get(unquote(uri)) or (document_path(uri), 0)

    def locate(self, path: Path, span: Span) -> tuple[str, Text, Span]:
        """Return the URI and the text of the file, or of the cell of an open notebook, that has a span, and where.

        Of a notebook that is not open, whole lines of its file are told.
        """
        snapshot = self.open.get(path)
        if snapshot is None and path.suffix == NOTEBOOK:
            return self.uri(path), *_in_file(_notebook_file(path.read_bytes().decode()), span)
        if snapshot is None or snapshot.notebook is None or not snapshot.notebook.cells:
            return self.uri(path), self.text(path), span
        cell, inside = snapshot.notebook.locate(span)
        uri, _ = snapshot.documents[snapshot.notebook.cell_at(span.start.line)]
        return uri, Text(cell.text), inside

    def parts(self, path: Path, edits: Sequence[Edit]) -> Iterator[Part]:
        """Yield what edits change of a file, or of the cells of an open notebook."""
        snapshot = self.open.get(path)
        if snapshot is None or snapshot.notebook is None:
            yield Part(self.uri(path), self.version(path), self.text(path), edits, is_new=self.is_new(path))
            return
        homes = dict(zip(snapshot.notebook.cells, snapshot.documents, strict=False))
        for cell, edit in snapshot.notebook.changes(edits):
            yield Part(*homes[cell], Text(cell.text), [edit])

    def is_new(self, path: Path) -> bool:
        """Whether a file is neither open nor on disk."""
        return path not in self.open and not path.exists()

    def uri(self, path: Path) -> str:
        """Return the URI of a file, spelled as the client does if it is open."""
        return self.open[path].uri if path in self.open else path.as_uri()

    def version(self, path: Path) -> int | None:
        """Return the version of an open file."""
        return self.open[path].version if path in self.open else None

    def _root(self, path: Path) -> _Root:
        return self._root_for(path.parent)

    def _root_for(self, folder: Path) -> _Root:
        if folder not in self._root_of:
            self._root_of[folder] = self._find_root(folder)
        return self._root_of[folder]

    def _find_root(self, folder: Path) -> _Root:
        """Return the root of a folder: the one there was, if its settings are still the same."""
        settings, environment = self._load(folder), self._configuration.settings(folder).environment
        root = self._roots.get(settings.folder)
        if root is None or (root.settings, root.environment) != (settings, environment):
            root = self._roots[settings.folder] = _Root(settings, environment, settings.project(environment))
            self._overlay(root.project)
        return root

    def _overlay(self, project: Project) -> None:
        for path, snapshot in self.open.items():
            project.open(path, snapshot.source)

    def _load(self, folder: Path) -> Settings:
        """Return the settings for the files of a folder; wrong ones are told once, and left out."""
        settings = Settings(folder)
        try:
            settings = load_settings(folder)
        except SettingsError as error:
            self._tell_once(str(error))
        around = self._configuration.folder(folder)
        if around and settings.folder == folder and not any((folder / name).exists() for name in FILES):
            settings = replace(settings, folder=around)
        try:
            return parse_settings(self._configuration.settings(folder).table, settings, f"{SECTION}.")
        except SettingsError as error:
            self._tell_once(str(error))
        return settings

    def _tell_once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._tell(message)


@lru_cache(maxsize=1)
def _notebook_file(text: str) -> NotebookFile:
    """Read a notebook's file, and keep it for the next of its findings."""
    return NotebookFile.parse(text)


def _in_file(file: NotebookFile, span: Span) -> tuple[Text, Span]:
    """Return the text of a notebook's file, and its lines in which a span of the cells stands, without indentation."""
    text, lines = Text(file.text), file.lines_of(span)
    first, last = text.line(lines[0]), text.line(lines[-1])
    return text, Span(Point(lines[0], len(first) - len(first.lstrip())), Point(lines[-1], len(last)))


def _homes(snapshot: Snapshot) -> Iterator[tuple[str, tuple[Path, int]]]:
    """Yield where the cells of an open notebook are, and the notebook itself."""
    if snapshot.notebook is not None:
        yield snapshot.uri, (snapshot.path, 0)
        for (uri, _), first in zip(snapshot.cells, snapshot.notebook.firsts, strict=False):
            yield uri, (snapshot.path, first)
