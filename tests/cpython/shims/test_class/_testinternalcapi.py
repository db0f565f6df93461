"""What test_class asks of CPython's internals.

Whether the attributes of an object are kept inside of it is answered by the flag of its type.
"""

_INLINE_VALUES = 1 << 2


def has_inline_values(obj):
    return bool(type(obj).__flags__ & _INLINE_VALUES)
