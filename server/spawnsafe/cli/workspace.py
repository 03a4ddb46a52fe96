"""The files of one run: whose settings hold for each, and the project that knows it."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from spawnsafe.check import Policy
from spawnsafe.model import Platform, StartMethods, Survey, Target
from spawnsafe.settings import SOURCES, Settings, SettingsError, is_repository, load_settings, settings_table

if TYPE_CHECKING:
    from spawnsafe.model import Module, Project
    from spawnsafe.syntax import Notebook


class Workspace:
    """Settings and projects by folder, the options of the command line applied.

    `changes` are fields of Settings that the command line replaces; `ignore` are rules and families that it
    ignores as well. With a `goal`, what counts is what the move there breaks. Every method raises SettingsError for
    wrong settings.
    """

    def __init__(
        self,
        changes: Mapping[str, object],
        ignore: frozenset[str] = frozenset(),
        methods: StartMethods = StartMethods.NONE,
        *,
        isolated: bool = False,
        goal: Target | None = None,
    ) -> None:
        """Begin without any file read."""
        self.goal = goal
        self._changes = changes
        self._ignore = ignore
        self._methods = methods
        self._isolated = isolated
        self._surveys: dict[Path, Survey] = {}
        self._projects: dict[Path, Project] = {}
        self._given: dict[Path, str | Notebook] = {}
        self._overlays: dict[Path, str | Notebook] = {}
        self.settings_of = cache(self._settings_of)

    def policy(self, path: Path) -> Policy:
        """Return what counts in a file."""
        policy = self.settings_of(path.parent).policy(path, self._methods)
        if self.goal is None:
            return policy
        return replace(policy, targets=(self.goal,), today=self.today(path.parent))

    def today(self, folder: Path) -> tuple[Target, ...]:
        """Return the targets from which what is in a folder moves to the goal.

        They are those that the command line names; else those on Linux, of all that the settings name, with an
        older Python, or with the same where the goal is another platform.
        """
        goal, targets = self.goal, self.settings_of(folder).targets
        if goal is None or "targets" in self._changes:
            return targets
        linux = [target for target in targets if target.platform is Platform.LINUX and target != goal]
        older = tuple(target for target in linux if target.python <= goal.python)
        if not older:
            raise SettingsError(f"--moving-to: no target comes before {goal}; name those of today with --target")
        return older

    @property
    def has_projects(self) -> bool:
        """Whether some file had to be looked at closely."""
        return bool(self._projects)

    def is_relevant(self, path: Path) -> bool:
        """Whether anything can be found in a file. Raises OSError if it cannot be read."""
        folder = self.settings_of(path.parent).folder
        if folder not in self._projects and not self._overlays and not self.survey(path).may_matter(path):
            return False
        return self._project(path).is_relevant(path)

    def module(self, path: Path) -> "Module":
        """Return a file's model. Raises OSError, UnicodeDecodeError and SyntaxError as a project does."""
        return self._project(path).module(path)

    def give(self, path: Path, text: "str | Notebook") -> None:
        """Let a text be that of a file, which need not be on disk."""
        self._given[path] = text
        self.overlay(path, text)

    def overlay(self, path: Path, text: "str | Notebook | None") -> None:
        """Let a text stand for a file, None for what was given, or is on disk."""
        text = self._given.get(path) if text is None else text
        if text is None:
            self._overlays.pop(path, None)
        else:
            self._overlays[path] = text
        for project in self._projects.values():
            _overlay(project, path, text)

    def _project(self, path: Path) -> "Project":
        settings = self.settings_of(path.parent)
        if settings.folder not in self._projects:
            project = self._projects[settings.folder] = settings.project(survey=self.survey(path))
            for overlaid, text in self._overlays.items():
                _overlay(project, overlaid, text)
        return self._projects[settings.folder]

    def survey(self, path: Path) -> Survey:
        """Return what is known of the files of a file's project before anything is parsed."""
        settings = self.settings_of(path.parent)
        if settings.folder not in self._surveys:
            self._surveys[settings.folder] = settings.survey()
        return self._surveys[settings.folder]

    def told(self, folder: Path) -> str:
        """Return all that settings and options say that holds in a folder, as a text to be compared."""
        settings = self.settings_of(folder)
        today = self.today(folder) if self.goal else ()
        return repr((settings.folder, settings_table(settings), self._methods, self.goal, list(map(str, today))))

    def _settings_of(self, folder: Path) -> Settings:
        if self._isolated and folder == folder.parent:
            settings = Settings(Path.cwd())
        elif not self._isolated and _may_differ(folder):
            settings = load_settings(folder)
        else:
            return self.settings_of(folder.parent)
        settings = replace(settings, **self._changes)  # type: ignore[arg-type]  # the parsers made them
        return replace(settings, ignore=settings.ignore | self._ignore)


def _overlay(project: "Project", path: Path, text: "str | Notebook | None") -> None:
    if text is None:
        project.close(path)
    else:
        project.open(path, text)


def _may_differ(folder: Path) -> bool:
    """Whether the settings of a folder may differ from those of the folder around it."""
    is_outermost = folder == folder.parent or is_repository(folder)
    return is_outermost or any(os.path.isfile(folder / name) for name in SOURCES)  # noqa: PTH113 - is_file() may raise


def absolute(name: str) -> Path:
    """Return the absolute path of a file as it was given; links stay."""
    return Path(os.path.abspath(name))  # noqa: PTH100 - resolve() would follow links
