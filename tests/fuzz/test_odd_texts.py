"""No text stops the tool: real programs, mutated and edited at random. These are few and always the same.

`nox -s fuzz` tries others for as long as one likes.
"""

from random import Random

import promises
import pytest
from mutating import edited, mutated, programs


@pytest.mark.parametrize("seed", range(10))
def test_whatever_a_text_says_it_is_answered_and_repaired(seed: int) -> None:
    random = Random(seed)
    text = mutated(random, random.choice(programs()))
    promises.answers(text)
    promises.shows_places(text)
    promises.repairs(text)


@pytest.mark.parametrize("seed", range(10))
def test_edits_in_any_order_leave_the_findings_of_a_fresh_text(seed: int) -> None:
    random = Random(seed)
    history = [random.choice(programs())]
    for _ in range(random.choice([1, 3, 6])):
        history.append(edited(random, history[-1]))
    promises.follows([*history, *history[-2::-1]])  # there, and back by undoing
