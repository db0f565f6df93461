//! Short descriptions of the functions in `builtins`, for `__doc__` and `help`.

/// The description of a function, if it is one of this module.
pub fn of(name: &str) -> Option<&'static str> {
    DOCS.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

const DOCS: &[(&str, &str)] = &[
    ("__build_class__", "Used by class statements."),
    (
        "__import__",
        "What import statements call; use importlib.import_module() instead.",
    ),
    ("abs", "Size of a number without its sign."),
    ("aiter", "The asynchronous iterator of an object."),
    ("all", "Whether no item is false; True for no items."),
    (
        "anext",
        "An awaitable for the next item of an asynchronous iterator.",
    ),
    ("any", "Whether some item is true; False for no items."),
    ("ascii", "The repr of an object in ASCII characters."),
    ("bin", "Binary text of an integer, with its prefix 0b."),
    (
        "breakpoint",
        "Starts the debugger that sys.breakpointhook() names.",
    ),
    ("callable", "Whether an object can be called."),
    ("chr", "The one-character string of a code point."),
    ("compile", "A code object for source text or a syntax tree."),
    ("delattr", "Deletes the attribute with this name."),
    (
        "dir",
        "Names of an object's attributes, or of the local variables without argument.",
    ),
    ("divmod", "The pair of quotient and remainder."),
    (
        "eval",
        "The value of an expression given as text or code object.",
    ),
    ("exec", "Runs statements given as text or code object."),
    (
        "format",
        "An object as text in the form that a format specification describes.",
    ),
    (
        "getattr",
        "The attribute with this name; the default, if given, when there is none.",
    ),
    ("globals", "The namespace of the module that calls it."),
    (
        "hasattr",
        "Whether an object has an attribute with this name.",
    ),
    ("hash", "A number that equal objects have in common."),
    ("hex", "Hexadecimal text of an integer, with its prefix 0x."),
    ("id", "A number that no other living object has."),
    (
        "input",
        "Reads one line of standard input, without the newline at its end.",
    ),
    (
        "isinstance",
        "Whether an object is an instance of a class, or of one of several.",
    ),
    (
        "issubclass",
        "Whether a class is derived from another, or from one of several.",
    ),
    (
        "iter",
        "The iterator of an object; or one that calls a function until it returns the sentinel.",
    ),
    ("len", "Number of items in a container."),
    ("locals", "The namespace of local variables."),
    (
        "max",
        "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nThe largest of its arguments, or of the items of its only one.",
    ),
    (
        "min",
        "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nThe smallest of its arguments, or of the items of its only one.",
    ),
    (
        "next",
        "The next item of an iterator; the default, if given, at its end.",
    ),
    ("oct", "Octal text of an integer, with its prefix 0o."),
    ("open", "Opens a file and returns a stream for it."),
    ("ord", "The code point of a one-character string."),
    (
        "pow",
        "Power of a number, modulo the third argument if there is one.",
    ),
    (
        "print",
        "Writes objects as text to a stream, to sys.stdout by default.",
    ),
    ("repr", "The text that describes an object to programmers."),
    ("round", "A number rounded to some decimal digits."),
    ("setattr", "Sets the attribute with this name."),
    ("sorted", "A new list of the items in ascending order."),
    ("sum", "The start value plus all items."),
    (
        "vars",
        "The namespace of an object, or the local one without argument.",
    ),
];
