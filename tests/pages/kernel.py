"""Runs the code cells of a notebook as Jupyter's kernel does: in a module `__main__` that is no file."""

import json
import sys
import types
from pathlib import Path

main = types.ModuleType("__main__")
sys.modules["__main__"] = main
sys.path[0] = str(Path.cwd())
for cell in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cells"]:
    exec(compile(cell["source"], "<cell>", "exec"), main.__dict__)  # noqa: S102 - that is what a kernel does
