"""What a program does with processes. Rules import from here and from nowhere deeper.

A name is imported when it is first asked for, as most of the model is only where a file names a process API: importing
all of it takes longer than most files to check.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

_LIGHT = ("methods", "apis", "environment", "glances", "survey")

if TYPE_CHECKING:
    from spawnsafe.model.facade import *  # noqa: F403 - it says what it offers
else:

    def __getattr__(name: str) -> object:
        """Return a name of the light modules, or of all the others."""
        if find_spec(f"{__name__}.{name}") is not None:
            raise AttributeError(name)  # a module that is not imported yet
        for stem in (*_LIGHT, "facade"):
            module = import_module(f"{__name__}.{stem}")
            if name in vars(module):
                found = globals()[name] = getattr(module, name)
                return found
        raise AttributeError(name)
