"""Changes to pyproject.toml that keep its comments and formatting."""

from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Table

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.settings import SettingsError, pyproject_of
from spawnsafe.source import Text, difference


def switch_off(path: Path, code: str) -> Fix | None:
    """Return the edit of the pyproject.toml that holds for a file by which a rule is ignored; None if there is none."""
    try:
        project = pyproject_of(path.parent)
        if project is None:
            return None
        text = Text(project.read_bytes().decode())
        edit = difference(text, _ignoring(text.string, code))
    except (OSError, UnicodeDecodeError, SettingsError, TOMLKitError):
        return None
    edits = (FileEdit(project, edit),) if edit else ()
    return Fix(f"Switch off {code} in this project", edits, safe=False)


def _ignoring(text: str, code: str) -> str:
    """Return the text of a pyproject.toml with one more rule among those that are ignored."""
    document = tomlkit.parse(text)
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    own = tool.setdefault("spawnsafe", tomlkit.table()) if isinstance(tool, Table) else None
    ignored = own.setdefault("ignore", tomlkit.array()) if isinstance(own, Table) else None
    if isinstance(ignored, Array) and code not in ignored:
        ignored.append(code)
    return tomlkit.dumps(document)
