"""Programs composed at random: what the tool says of them is what Python does, and safe fixes make none worse.

These are few, and always the same: the recipes in recipes.txt, of which those at its top once found the tool wrong.
`nox -s generated` tries others.
"""

from pathlib import Path

import pytest
from composing import Recipe, compose, read_recipe, sample
from trials import attempt

RECIPES = [line for line in Path(__file__).with_name("recipes.txt").read_text("utf-8").splitlines() if line[:1] != "#"]


def test_tool_and_python_agree(tmp_path: Path) -> None:
    programs = [compose(read_recipe(told)) for told in RECIPES]
    wrong = {str(trial.program.recipe): trial.disagreements for trial in attempt(programs, tmp_path)}
    assert {recipe: kinds for recipe, kinds in wrong.items() if kinds} == {}


def test_the_same_seed_gives_the_same_programs() -> None:
    assert [program.files for program in sample(5, 1)] == [program.files for program in sample(5, 1)]


@pytest.mark.parametrize("recipe", [program.recipe for program in sample(20, 2)], ids=str)
def test_a_recipe_can_be_told(recipe: Recipe) -> None:
    assert read_recipe(str(recipe)) == recipe
    compile(compose(recipe).files["main.py"].removeprefix("\ufeff"), "main.py", "exec")
