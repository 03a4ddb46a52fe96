"""The open documents and the projects in which they are. Used on the analysis thread alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from spawnsafe.check import Policy
from spawnsafe.lsp.configuration import SECTION, Configuration
from spawnsafe.lsp.documents import Snapshot
from spawnsafe.model import Module, Project
from spawnsafe.settings import FILES, Settings, SettingsError, load_settings, parse_settings
from spawnsafe.source import Text


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

    def policy(self, path: Path) -> Policy:
        """Return what counts in a file."""
        return self.settings(path).policy(path)

    def overlay(self, path: Path, text: str | None) -> None:
        """Let a text stand for an open document, None for its own."""
        for root in self._roots.values():
            root.project.open(path, self.open[path].text if text is None else text)

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

    def exists(self, path: Path) -> bool:
        """Whether there is a file, open or on disk."""
        return path in self.open or path.exists()

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
            project.open(path, snapshot.text)

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
