"""VS Code with the extension, as `make package` makes it: what its users do, and what they see.

There is nothing but the extension: it brings spawnsafe along.
"""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from user import at_home, waiting
from workbench import PICTURES, Workbench, workbench

INSTALLING = 300_000
"""Milliseconds in which the extension has made its private environment."""
UNTITLED = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool() as pool:
        print(pool.map(lambda n: n, [1]))
"""

_CELLS = ["from multiprocessing import Pool", "with Pool() as pool:\n    print(pool.map(lambda n: n, [1]))"]
NOTEBOOK = {
    "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in _CELLS],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 4,
}


@pytest.fixture(scope="module")
def vscode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    user = at_home(tmp_path_factory.mktemp("vscode"))
    (user.project / "notebook.ipynb").write_text(json.dumps(NOTEBOOK))
    with workbench(user) as opened:
        yield opened


def test_a_mistake_is_shown_explained_and_mended(vscode: Workbench) -> None:
    with waiting("VS Code: a mistake is found"):
        vscode.open("local_function.py")
        expect(vscode.squiggles).to_have_count(1, timeout=INSTALLING)
    expect(vscode.hover(vscode.squiggles)).to_contain_text("is local to")
    vscode.picture("hover")
    actions = vscode.actions(vscode.squiggles)
    vscode.picture("squiggle")
    actions.filter(has_text="Move `single` to module level").click()
    expect(vscode.squiggles).to_have_count(0)
    vscode.save()
    assert vscode.user.runs("local_function.py") == "[[True, False], [True]]\n"


def test_problems_are_listed(vscode: Workbench) -> None:
    vscode.open("pool_too_early.py")
    vscode.command("Problems: Focus on Problems View")
    expect(vscode.problems.filter(has_text="fails under spawn and forkserver")).to_have_count(1)
    expect(vscode.problems.filter(has_text="hangs under fork")).to_have_count(1)
    vscode.picture("problems")
    vscode.page.keyboard.press("Control+J")


def test_squiggles_stay_while_the_text_is_broken(vscode: Workbench) -> None:
    vscode.open("no_guard.py")
    expect(vscode.squiggles).to_have_count(1)
    vscode.page.keyboard.press("Control+End")
    for letter in "print((":
        vscode.type(letter)
        vscode.page.wait_for_timeout(200)  # longer than the server waits for the next letter
        expect(vscode.squiggles).to_have_count(1, timeout=1_000)
    vscode.command("File: Revert File")


def test_a_text_in_no_file_is_looked_at(vscode: Workbench) -> None:
    vscode.command("File: New Untitled Text File")
    vscode.command("Change Language Mode")
    vscode.choose("Python")
    vscode.type(UNTITLED)
    expect(vscode.squiggles).to_have_count(1)


def test_cells_of_a_notebook_are_one_program(vscode: Workbench) -> None:
    vscode.open("notebook.ipynb")
    expect(vscode.cell_squiggles).to_have_count(1)


@pytest.mark.skipif(not PICTURES, reason="this takes the pictures of the walkthrough, and asserts nothing else")
@pytest.mark.parametrize(("name", "theme"), [("dark", "Dark Modern"), ("light", "Light Modern")])
def test_the_walkthrough_shows_a_mistake_and_its_repair(vscode: Workbench, name: str, theme: str) -> None:
    vscode.wears(theme)
    vscode.command("View: Close All Editors")
    vscode.open("lambda_task.py")
    expect(vscode.squiggles).to_have_count(1, timeout=INSTALLING)
    vscode.hover(vscode.squiggles)
    vscode.picture_of_editor(f"../walkthrough/find-{name}", 400)
    vscode.actions(vscode.squiggles)
    vscode.picture_of_editor(f"../walkthrough/repair-{name}", 300)
    vscode.page.keyboard.press("Escape")
