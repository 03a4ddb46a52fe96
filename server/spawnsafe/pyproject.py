"""Changes to pyproject.toml and spawnsafe.toml that keep their comments and formatting."""

from pathlib import Path

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Table

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.settings import OWN_FILE, SettingsError, file_to_change
from spawnsafe.source import Text, difference


def switch_off(path: Path, code: str, folder: Path | None = None) -> Fix | None:
    """Return the edit of the settings that hold for a file by which a rule is ignored.

    If they have no file, one of our own is made in a folder; without a folder there is no such edit.
    """
    try:
        project = file_to_change(path.parent) or (folder and folder / OWN_FILE)
        if project is None:
            return None
        text = Text(project.read_bytes().decode() if project.exists() else "")
        edit = difference(text, _ignoring(text.string, code, is_own=project.name == OWN_FILE))
    except (OSError, UnicodeDecodeError, SettingsError, TOMLKitError):
        return None
    edits = (FileEdit(project, edit),) if edit else ()
    return Fix(f"Switch off {code} in this project", edits, safe=False)


def _ignoring(text: str, code: str, *, is_own: bool) -> str:
    """Return the text of a settings file with one more rule among those that are ignored."""
    document = tomlkit.parse(text)
    own = document if is_own else _table(_table(document, "tool", is_super_table=True), "spawnsafe")
    ignored = own.setdefault("ignore", tomlkit.array()) if own is not None else None
    if isinstance(ignored, Array) and code not in ignored:
        ignored.append(code)
    return tomlkit.dumps(document)


def _table(container: TOMLDocument | Table | None, name: str, *, is_super_table: bool = False) -> Table | None:
    """Return a table of a document or table, which is made if there is none; None if something else has its name."""
    table = container.setdefault(name, tomlkit.table(is_super_table)) if container is not None else None
    return table if isinstance(table, Table) else None
