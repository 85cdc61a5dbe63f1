"""What a request did to its session, done again on a fresher one.

`{"cart": {"7": 1}}` was loaded, the request made `{"cart": {"7": 1, "9": 1}}` of it, and meanwhile another one stored
`{"cart": {"7": 1, "8": 1}}`: merged, that is `{"cart": {"7": 1, "8": 1, "9": 1}}`.
"""

MISSING = object()


def merge(base, mine, theirs, counters=()):
    """
    The session `theirs` with the changes that led from `base` to `mine`; the three are left alone.

    Keys that this request did not touch are as they are stored, keys that it deleted are gone. Dicts merge key by key
    at any depth (one that a side deleted counts as empty), lists that both sides appended to are appended to one after
    the other. Where both changed one value in another way this request's stands, as it would in Django. Under the
    session keys `counters` what both added to an integer is added.
    """
    merged = dict(theirs)
    for key in [*mine, *(key for key in base if key not in mine)]:
        values = (side.get(key, MISSING) for side in (base, mine, theirs))
        value = merge_value(*values, counts=key in counters)
        if value is MISSING:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def merge_value(base, mine, theirs, counts):
    if same(mine, base):
        return theirs
    if same(theirs, base) or same(theirs, mine) and not counts:
        return mine
    if is_or_was_dict(mine, base) and is_or_was_dict(theirs, base):
        return merge_dicts(base, mine, theirs, counts)
    if all(isinstance(side, list) for side in (base, mine, theirs)):
        if same(mine[: len(base)], base) and same(theirs[: len(base)], base):
            return theirs + mine[len(base) :]
    if counts and is_integer(mine) and is_integer(theirs) and (base is MISSING or is_integer(base)):
        return theirs + mine - (0 if base is MISSING else base)
    return mine


def merge_dicts(base, mine, theirs, counts):
    sides = [side if isinstance(side, dict) else {} for side in (base, mine, theirs)]
    merged = merge(*sides, counters=set().union(*sides) if counts else ())
    return merged if merged or MISSING not in (mine, theirs) else MISSING


def is_or_was_dict(side, base):
    return isinstance(side, dict) or side is MISSING and isinstance(base, dict)


def same(one, other):
    """Equality as JSON sees it: `True` is not `1`, and neither is `1.0`."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one is other or one == other


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)
