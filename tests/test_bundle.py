"""What the VS Code extension installs beside our wheel: names and versions are given, pip resolves nothing."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "client" / "bundle" / "requirements.txt"


def pinned() -> dict[NormalizedName, str]:
    """The version of each package."""
    rows = re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in rows}


def test_all_that_spawnsafe_needs_is_pinned_in_a_version_that_will_do() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = pinned()
    todo, seen = list(map(Requirement, project["dependencies"])), set[str]()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is missing: nox -s lock"
        assert requirement.specifier.contains(versions[name]), f"{requirement} is not {versions[name]}: nox -s lock"
        if name not in seen:
            seen.add(name)
            needs = map(Requirement, requires(name) or ())
            todo += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def test_everything_pinned_has_hashes() -> None:
    blocks = re.split(r"^(?=\w)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pinned())
    assert all("--hash=sha256:" in block for block in blocks)
