"""The merge of what a request did with what another one stored."""

import pytest

from nuages_sessions.merge import merge

CASES = [
    # base, mine, theirs, merged
    ({}, {"a": 1}, {"b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2}),
    ({"a": 1}, {"a": 1}, {}, {}),
    ({"a": 1}, {"a": 2}, {}, {"a": 2}),
    ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 2}),
    ({"a": 1}, {"a": True}, {"a": 1, "b": 1}, {"a": True, "b": 1}),
    ({"cart": {"7": 1}}, {"cart": {"7": 1, "9": 1}}, {"cart": {"7": 1, "8": 1}}, {"cart": {"7": 1, "8": 1, "9": 1}}),
    ({"cart": {"7": 1, "8": 1}}, {"cart": {"8": 1}}, {"cart": {"7": 1, "8": 2}}, {"cart": {"8": 2}}),
    ({}, {"cart": {"9": 1}}, {"cart": {"8": 1}}, {"cart": {"8": 1, "9": 1}}),
    # An order emptied the cart while another page put something into it, and the other way round.
    ({"cart": {"7": 1}}, {}, {"cart": {"7": 1, "8": 1}}, {"cart": {"8": 1}}),
    ({"cart": {"7": 1}}, {"cart": {"7": 1, "8": 1}}, {}, {"cart": {"8": 1}}),
    ({"cart": {"7": 1}}, {}, {"cart": {"7": 2}}, {}),
    ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1, "d": 1}}}, {"a": {"b": {"c": 2}}}, {"a": {"b": {"c": 2, "d": 1}}}),
    ({"seen": [1]}, {"seen": [1, 2]}, {"seen": [1, 3]}, {"seen": [1, 3, 2]}),
    ({"seen": [1]}, {"seen": [2, 1]}, {"seen": [3, 1]}, {"seen": [2, 1]}),
    ({"a": 1}, {"a": {"b": 1}}, {"a": [1]}, {"a": {"b": 1}}),
]


@pytest.mark.parametrize("base, mine, theirs, merged", CASES)
def test_changes_are_done_again(base, mine, theirs, merged):
    assert merge(base, mine, theirs) == merged


def test_counters_are_added_and_other_numbers_are_not():
    base, mine, theirs = {"n": 1, "page": 1}, {"n": 3, "page": 2}, {"n": 2, "page": 9}
    assert merge(base, mine, theirs, ["n"]) == {"n": 4, "page": 2}
    base, mine, theirs = {"cart": {"7": 1}}, {"cart": {"7": 2, "8": 1}}, {"cart": {"7": 5, "8": 1}}
    assert merge(base, mine, theirs, ["cart"]) == {"cart": {"7": 6, "8": 2}}
    assert merge({}, {"n": 1}, {"n": 1}, ["n"]) == {"n": 2}
    assert merge({"n": "1"}, {"n": 1}, {"n": 2}, ["n"]) == {"n": 1}


def test_nothing_that_was_given_is_changed():
    base, mine, theirs = {"a": {"b": [1]}}, {"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}
    merge(base, mine, theirs)
    assert (base, mine, theirs) == ({"a": {"b": [1]}}, {"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}})
