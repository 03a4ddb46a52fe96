"""Where a name from an installed package is defined: jedi, kept from running anything. The only place that uses it.

jedi would import compiled modules, let the import hooks of its own process look for modules (one of setuptools'
imports what it finds), and load the pickles that it finds in its cache. Here it sees source files alone.
"""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any

import jedi
from jedi.file_io import KnownContentFileIO
from jedi.inference.compiled.subprocess import InferenceStateSameProcess
from jedi.inference.compiled.subprocess.functions import ImplicitNSInfo, load_module

from spawnsafe.model.cutoff import within
from spawnsafe.model.environment import Definition

MOST_SECONDS = 10.0
"""That jedi may take for one name."""

jedi.settings.auto_import_modules = []


class _SourcesOnly(InferenceStateSameProcess):  # type: ignore[misc]  # jedi has no types for it
    """What jedi asks of a running interpreter, answered from source files."""

    def load_module(self, dotted_name: str, sys_path: object) -> object:
        """Import nothing; `builtins` is there."""
        if dotted_name != "builtins":
            return None
        return load_module(self._inference_state_weakref(), dotted_name=dotted_name, sys_path=sys_path)

    def get_module_info(
        self,
        string: str,
        full_name: str | None = None,
        sys_path: Sequence[str] | None = None,
        path: Sequence[str] | None = None,
        **_: object,
    ) -> tuple[object, bool | None]:
        """Return the file of a module and whether it is a package; twice None if there is no source file."""
        if string == "builtins":
            return None, False
        try:
            spec = PathFinder.find_spec(string, list(sys_path or () if path is None else path))
        except (ImportError, ValueError):
            return None, None
        if spec is not None and spec.loader is None and spec.submodule_search_locations is not None:
            return ImplicitNSInfo(full_name or string, list(spec.submodule_search_locations)), True
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return None, None
        file = spec.loader.get_filename(string)
        try:
            return KnownContentFileIO(file, spec.loader.get_data(file)), spec.loader.is_package(string)
        except OSError:
            return None, None


class _NoStubs(dict[tuple[str, ...], object]):
    """The stubs that jedi has loaded: those of the standard library, and none of packages, whose sources count."""

    def __missing__(self, names: tuple[str, ...]) -> None:
        if names[0] in sys.stdlib_module_names:
            raise KeyError(names)  # it is to be loaded


class _NoEnvironment(jedi.InterpreterEnvironment):  # type: ignore[misc]  # jedi has no types for it
    """None at all: not even the packages beside this one are known."""

    def get_inference_state_subprocess(self, inference_state: Any) -> _SourcesOnly:  # noqa: ANN401 - jedi's own
        return _SourcesOnly(inference_state)

    def get_sys_path(self) -> list[str]:
        return []


def definition(line: str, search_path: Sequence[Path]) -> Definition | None:
    """Return where the last name in a line of code is defined, None if not in one Python file under one name.

    Raises TimeoutError if jedi does not come to an end.
    """
    return within(MOST_SECONDS, partial(_definition, line, search_path))


def _definition(line: str, search_path: Sequence[Path]) -> Definition | None:
    project = jedi.Project(search_path[0], sys_path=search_path, load_unsafe_extensions=False, smart_sys_path=False)
    try:
        script = jedi.Script(line, environment=_NoEnvironment(), project=project)
        state = script._inference_state  # noqa: SLF001 - there is no other way to keep it from its cache, and from stubs
        state.stub_module_cache = _NoStubs()
        state.parse_and_get_code = partial(_parse, state.parse_and_get_code)
        found = script.goto(1, len(line), follow_imports=True)
        places = {(each.module_path, each.full_name, each.module_name) for each in found}
    except Exception:  # noqa: BLE001 - jedi fails in any way on odd code; then it does not know
        return None
    if len(places) != 1:
        return None
    path, name, module = places.pop()
    if path is None or path.suffix != ".py" or not name or not name.startswith(f"{module}."):
        return None
    return Definition(path, name[len(module) + 1 :])


def _parse(parse: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - jedi's own
    """Parse, keeping trees in memory alone."""
    return parse(*arguments, **{**options, "cache": False, "diff_cache": True})
