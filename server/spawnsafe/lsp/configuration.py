"""What a client sets: the settings that it sends, by the folder for which they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

SECTION = "spawnsafe"


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """Settings as an editor has them, not checked yet."""

    table: Mapping[str, object] = field(default_factory=dict)
    """The settings of pyproject.toml that the editor overrides, under the same names."""
    environment: Path | None = None
    """The folder or the interpreter of the virtual environment from which the project's imports come."""

    @classmethod
    def read(cls, section: object) -> Self:
        """Read the settings of the section `spawnsafe`; of anything but a table, none."""
        table = dict(section) if isinstance(section, Mapping) else {}
        environment = table.pop("environment", None)
        return cls(table, Path(environment) if isinstance(environment, str) and environment else None)

    @classmethod
    def read_options(cls, options: object) -> Self:
        """Read `initializationOptions`: `{"settings": {…}, "environment": "…"}`, both optional."""
        if not isinstance(options, Mapping):
            return cls()
        settings = options.get("settings")
        table = dict(settings) if isinstance(settings, Mapping) else {}
        return cls.read({"environment": options.get("environment"), **table})


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that the editor set."""

    everywhere: EditorSettings = field(default_factory=EditorSettings)
    folders: Mapping[Path, EditorSettings] = field(default_factory=dict)
    """The settings of each workspace folder; a folder that sets nothing of its own is here nevertheless."""

    def folder(self, path: Path) -> Path | None:
        """Return the innermost workspace folder in which a path is, None if it is in none."""
        return max((folder for folder in self.folders if path.is_relative_to(folder)), default=None)

    def settings(self, path: Path) -> EditorSettings:
        """Return the settings that hold for a path."""
        folder = self.folder(path)
        return self.everywhere if folder is None else self.folders[folder]
