"""What other programs start us by: the pre-commit hooks, the GitHub action, the GitLab job, and the recipes."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from command_line import FIXED, HEALTHY, LAMBDA, PROCESS, Run
from ruamel.yaml import YAML

import spawnsafe
from spawnsafe.cli.reports import format_names

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "templates" / "spawnsafe.gitlab-ci.yml"
RECIPES = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None or os.name == "nt", reason="needs bash")


def load(text: str | Path) -> Any:  # noqa: ANN401 - a test knows what it expects
    return YAML(typ="safe").load(text)


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as CI does, with `spawnsafe` on the search path."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    package = Path(spawnsafe.__file__).parent.parent
    tool = tools / "spawnsafe"
    tool.write_text(
        f'#!/bin/sh\nPYTHONPATH="{package}" exec "{sys.executable}" -P -m spawnsafe "$@"\n', encoding="utf-8"
    )
    tool.chmod(0o755)
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHON": sys.executable}
    return subprocess.run(
        [str(BASH), "-e", "-c", script],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=environment | variables,
    )


@pytest.mark.parametrize(("schema", "path"), [("github-actions", ROOT / "action.yml"), ("gitlab-ci", TEMPLATE)])
def test_the_services_take_our_files(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pre_commit_hooks(folder: Path, run: Run) -> None:
    hooks = {hook["id"]: hook for hook in load(ROOT / ".pre-commit-hooks.yaml")}
    assert list(hooks) == ["spawnsafe", "spawnsafe-fix"]
    for hook in hooks.values():
        assert {"id", "name", "entry", "language", "types_or"} <= hook.keys()
        program, *arguments = hook["entry"].split()
        assert program == "spawnsafe"
        (folder / "a.py").write_text(LAMBDA)
        (folder / "b.py").write_text(HEALTHY)
        result = run(*arguments, "a.py", "b.py")
        assert result.status == (0 if "--fix" in arguments else 1)


@pytest.mark.skipif(find_spec("pre_commit") is None, reason="needs pre-commit")
def test_pre_commit_runs_the_hooks_of_a_clone(folder: Path) -> None:
    revision = committed_package(folder / "package")
    (folder / ".git").rmdir()
    settings = (
        f"repos: [{{repo: {folder / 'package'}, rev: {revision}, hooks: [{{id: spawnsafe}}, {{id: spawnsafe-fix}}]}}]"
    )
    (folder / ".pre-commit-config.yaml").write_text(settings)
    (folder / ".gitignore").write_text("package/\nhome/\n")
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(LAMBDA)
    (folder / "spawnsafe.toml").write_text('exclude = ["b.py"]')
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    # the hooks' environment gets the package alone: what that needs is here already (this 0 makes pip isolate no build)
    here = {"PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "pre_commit", "run", "--color=never"]
    environment = os.environ | here | {"PRE_COMMIT_HOME": str(folder / "home")}
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, env=environment)
    assert "\na.py:5:24: error[lambda-target]" in done.stdout, done.stdout + done.stderr
    assert "\nFixed 1 problem in 1 file\nNo problems found in 1 file\n" in done.stdout
    assert (folder / "a.py").read_text() == FIXED
    assert (folder / "b.py").read_text() == LAMBDA


def committed_package(folder: Path) -> str:
    """Make a repository of what the package is built from, and return its only commit."""
    shutil.copytree(ROOT / "server", folder / "server", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, and return what it prints."""
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True).stdout.strip()


@needs_bash
def test_the_github_action_annotates_and_writes_sarif(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(LAMBDA)
    action = load(ROOT / "action.yml")
    script = action["runs"]["steps"][-1]["run"]
    (folder / "temp").mkdir()
    (folder / "temp" / "spawnsafe").symlink_to(Path(spawnsafe.__file__).parent.parent, target_is_directory=True)
    told = {"RUNNER_TEMP": str(folder / "temp"), "ARGS": "--statistics", "PATHS": "src", "SARIF": "a report.sarif"}
    done = shell(script, folder, **told)
    assert done.returncode == 1, done.stderr
    assert [line.partition(",")[0] for line in done.stdout.splitlines()] == ["::error file=src/a.py"]
    assert done.stderr.startswith("1 lambda-target")
    assert len(json.loads((folder / "a report.sarif").read_text())["runs"][0]["results"]) == 1
    defaults = {name.upper(): each["default"] for name, each in action["inputs"].items()}
    assert action["runs"]["steps"][-1]["env"].keys() == defaults.keys() | {"PYTHON"}
    done = shell(script, folder, **{**told, **defaults})
    assert done.stdout.count("::error file=") == 2


@needs_bash
def test_the_gitlab_job_writes_its_report(folder: Path) -> None:
    (folder / "a.py").write_text(PROCESS)
    job = load(TEMPLATE)["spawnsafe"]
    done = shell("\n".join(job["before_script"]), folder, **job["variables"])
    assert "SPAWNSAFE_PACKAGE: must say what pip installs" in done.stderr
    done = shell("\n".join(job["script"]), folder, **job["variables"])
    assert done.returncode == 1, done.stderr
    [issue] = json.loads((folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert issue["location"]["path"] == "a.py"
    done = shell("\n".join(job["script"]), folder, **{**job["variables"], "SPAWNSAFE_ARGS": "--error-on error"})
    assert done.returncode == 0, done.stderr


def test_recipes_name_options_that_there_are(run: Run) -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", RECIPES, re.MULTILINE | re.DOTALL)
    options = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", "".join(text for _, text in blocks)))
    assert options <= set(re.findall(r"--[a-z]+(?:-[a-z]+)*", run("check", "--help").text))
    recipes = [load(text) for kind, text in blocks if kind == "yaml"]
    inputs = [step["with"] for recipe in recipes for step in recipe.get("steps", []) if "OWNER" in step["uses"]]
    assert inputs
    assert {name for each in inputs for name in each} <= load(ROOT / "action.yml")["inputs"].keys()
    [gitlab] = [recipe for recipe in recipes if "include" in recipe]
    assert gitlab["variables"].keys() <= load(TEMPLATE)["spawnsafe"]["variables"].keys()
    assert (ROOT / gitlab["include"][0]["file"]).is_file()


def test_recipes_name_every_format() -> None:
    assert sorted(re.findall(r"^\| `([a-z][a-z-]*)` ", RECIPES, re.MULTILINE)) == sorted(format_names())
