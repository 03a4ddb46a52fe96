"""The shape of the project, as far as a machine can tell."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import spawnsafe
from spawnsafe.findings import Kind
from spawnsafe.pages import page_paths, read_page
from spawnsafe.rules import Rule, all_rules

PACKAGE = Path(spawnsafe.__file__).parent
ROOT = Path(__file__).parent.parent
RULES = sorted(path for path in (PACKAGE / "rules").glob("*/*.py") if path.stem != "__init__")
NAMES = [f"{path.parent.name}/{path.stem}" for path in RULES]


def test_arrows_between_packages_go_one_way() -> None:
    program = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _imported(program: str, folder: Path) -> set[str]:
    """Return the packages that a program has imported in the end."""
    told = "import sys; sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{told}"], cwd=folder, capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stderr.split())


CHECK = "from spawnsafe.__main__ import main\nmain(['check', '--isolated', *{!r}])"


def test_a_check_loads_nothing_of_the_language_server(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from multiprocessing import Pool\nPool().map(lambda n: n, [1])\n", encoding="utf-8"
    )
    loaded = _imported(CHECK.format(["main.py", "--diff"]), tmp_path)
    assert "libcst" in loaded
    assert not {"pygls", "lsprotocol", "asyncio", "jedi"} & loaded


def test_every_rule_is_found_with_its_page() -> None:
    codes = {path.stem.replace("_", "-") for path in RULES}
    assert {rule.code for rule in all_rules()} == codes
    assert page_paths().keys() == codes


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.kind in Kind
    assert rule.summary.endswith(".")
    assert rule.page == page_paths()[rule.code]
    page = read_page(rule.page)
    assert page.title == rule.code
    assert page.family == rule.family
    assert not {*rule.yields_to} - {other.code for other in all_rules()}


@pytest.mark.parametrize("path", RULES, ids=NAMES)
def test_a_rule_imports_no_other_rule_and_the_model_by_its_front_door(path: Path) -> None:
    own = {module for module in _modules(path) if module.startswith("spawnsafe")}
    assert own <= {
        "spawnsafe.findings",
        "spawnsafe.model",
        "spawnsafe.rules.wording",
        "spawnsafe.suppress",
        *(module for module in own if module.split(".")[1] == "edits"),
    }


@pytest.mark.parametrize("path", RULES, ids=NAMES)
def test_a_rules_code_stands_only_in_its_path(path: Path) -> None:
    assert path.stem.replace("_", "-") not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((PACKAGE / "model").rglob("*.py")), ids=lambda path: path.stem)
def test_only_the_project_reads_files_its_finder_folders_and_nothing_the_clock(path: Path) -> None:
    imported = _modules(path) & {"io", "os", "subprocess", "time", "datetime", "shutil", "glob", "tokenize"}
    assert imported <= {"project": {"io", "tokenize"}, "finder": {"os"}}.get(path.stem, set())


def _modules(path: Path) -> set[str]:
    """Return the names of the modules that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return modules | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def test_the_readme_lists_every_rule() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[([a-z-]+)\]\((\S+)\)", readme, re.MULTILINE)
    assert listed == [(rule.code, rule.page.relative_to(ROOT).as_posix()) for rule in all_rules()]
