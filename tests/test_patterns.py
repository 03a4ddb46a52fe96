"""Patterns match what pathspec and git say, and none takes long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from spawnsafe.patterns import patterns_of

PARTS = st.lists(
    st.sampled_from(["*", "*", "**", "a", "b", "?", "[ab]", "[!/a]", "\\*", ".", "]"]), min_size=1, max_size=7
).map("".join)
PATTERNS = st.lists(PARTS | st.sampled_from(["*", "**"]), min_size=1, max_size=6).map("/".join)
PATHS = st.lists(st.text(alphabet="ab.*", min_size=1, max_size=6), min_size=1, max_size=7).map("/".join)


WHOLE_PATTERNS = st.tuples(st.sampled_from(["", "!"]), st.sampled_from(["", "/"]), PATTERNS, st.sampled_from(["", "/"]))


@settings(max_examples=150, deadline=None)
@given(WHOLE_PATTERNS.map("".join), st.lists(PATHS, min_size=8, max_size=8))
def test_a_pattern_matches_what_pathspec_says(pattern: str, paths: list[str]) -> None:
    try:
        expected = GitIgnoreSpec.from_lines([pattern], backend="simple")
    except ValueError:
        with pytest.raises(ValueError, match="pattern"):
            patterns_of([pattern])
        return
    ours = patterns_of([pattern])
    for path in (*paths, *(f"{path}/" for path in paths)):
        assert ours.check_file(path).include is expected.check_file(path).include, path


def test_a_negated_class_matches_no_slash() -> None:
    assert not patterns_of(["*[!a]*a"]).match_file("a./a")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 60 + "b", "a" * 250),
        ("a*" * 100, "a" * 255 + "/x"),
        ("?*" * 50 + "b", "a" * 255),
        ("*[ab]" * 50 + "c", "a" * 255),
        ("/".join(["**/a"] * 30) + "/b", "a/" * 2000),
        ("**/" + "*a*/**/" * 20 + "b", "aaaaaaaaaa/" * 300),
        ("**/" * 500 + "b", "a/" * 2000),
    ],
    ids=lambda text: text[:20],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    patterns_of([pattern]).check_file(path)
