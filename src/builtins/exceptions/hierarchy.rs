//! The built-in exception classes as data. Behavior: `base` (BaseException), `fields` (classes with fields of their own),
//! `oserror`, `unicode`, `syntax`, `group`.
//!
//! **Invariant:** every class here has the layout of [`ExcObj`]; fields of a class stand in `ExcObj::extra` at the positions
//! given by its file.

use super::BASE_EXCEPTION;
pub use super::base::init_base;
pub use super::fields::fill_extra;
use crate::object::native::TypeInit;
use crate::object::type_::tf;

const FLAGS: u32 = tf::BASETYPE;

macro_rules! hierarchy {
    ($($def:ident = $name:literal, $base:ident, $init:path, $doc:literal;)*) => {
        $(crate::native_subtype!(
            #[doc = $doc]
            pub $def = $name, base $base, layout ExcObj, flags FLAGS, init |t: &mut TypeInit| {
                t.doc($doc);
                $init(t);
            }
        );)*
        /// Every built-in exception class except `BaseException`, in the order of the table.
        pub static ALL: &[&crate::object::native::TypeDef] = &[$(&$def),*];
    };
}

fn plain(_: &mut TypeInit) {}

use super::fields as f;
use super::group as g;
use super::{oserror as o, syntax as s, unicode as u};

hierarchy! {
    EXCEPTION = "Exception", BASE_EXCEPTION, plain, "Common base class for all non-exit exceptions.";
    BASE_EXCEPTION_GROUP = "BaseExceptionGroup", BASE_EXCEPTION, g::init, "A combination of multiple unrelated exceptions.";
    SYSTEM_EXIT = "SystemExit", BASE_EXCEPTION, f::init_system_exit, "Request to exit from the interpreter.";
    KEYBOARD_INTERRUPT = "KeyboardInterrupt", BASE_EXCEPTION, plain, "Program interrupted by user.";
    GENERATOR_EXIT = "GeneratorExit", BASE_EXCEPTION, plain, "Request that a generator exit.";
    TYPE_ERROR = "TypeError", EXCEPTION, plain, "Inappropriate argument type.";
    STOP_ASYNC_ITERATION = "StopAsyncIteration", EXCEPTION, plain, "Signal the end from iterator.__anext__().";
    STOP_ITERATION = "StopIteration", EXCEPTION, f::init_stop_iteration, "Signal the end from iterator.__next__().";
    IMPORT_ERROR = "ImportError", EXCEPTION, f::init_import_error,
        "Import can't find module, or can't find name in module.";
    MODULE_NOT_FOUND_ERROR = "ModuleNotFoundError", IMPORT_ERROR, plain, "Module not found.";
    OS_ERROR = "OSError", EXCEPTION, o::init, "Base class for I/O related errors.";
    BLOCKING_IO_ERROR = "BlockingIOError", OS_ERROR, plain, "I/O operation would block.";
    CONNECTION_ERROR = "ConnectionError", OS_ERROR, plain, "Connection error.";
    CHILD_PROCESS_ERROR = "ChildProcessError", OS_ERROR, plain, "Child process error.";
    BROKEN_PIPE_ERROR = "BrokenPipeError", CONNECTION_ERROR, plain, "Broken pipe.";
    CONNECTION_ABORTED_ERROR = "ConnectionAbortedError", CONNECTION_ERROR, plain, "Connection aborted.";
    CONNECTION_REFUSED_ERROR = "ConnectionRefusedError", CONNECTION_ERROR, plain, "Connection refused.";
    CONNECTION_RESET_ERROR = "ConnectionResetError", CONNECTION_ERROR, plain, "Connection reset.";
    FILE_EXISTS_ERROR = "FileExistsError", OS_ERROR, plain, "File already exists.";
    FILE_NOT_FOUND_ERROR = "FileNotFoundError", OS_ERROR, plain, "File not found.";
    IS_A_DIRECTORY_ERROR = "IsADirectoryError", OS_ERROR, plain, "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR = "NotADirectoryError", OS_ERROR, plain, "Operation only works on directories.";
    INTERRUPTED_ERROR = "InterruptedError", OS_ERROR, plain, "Interrupted by signal.";
    PERMISSION_ERROR = "PermissionError", OS_ERROR, plain, "Not enough permissions.";
    PROCESS_LOOKUP_ERROR = "ProcessLookupError", OS_ERROR, plain, "Process not found.";
    TIMEOUT_ERROR = "TimeoutError", OS_ERROR, plain, "Timeout expired.";
    EOF_ERROR = "EOFError", EXCEPTION, plain, "Read beyond end of file.";
    RUNTIME_ERROR = "RuntimeError", EXCEPTION, plain, "Unspecified run-time error.";
    RECURSION_ERROR = "RecursionError", RUNTIME_ERROR, plain, "Recursion limit exceeded.";
    NOT_IMPLEMENTED_ERROR = "NotImplementedError", RUNTIME_ERROR, plain,
        "Method or function hasn't been implemented yet.";
    PYTHON_FINALIZATION_ERROR = "PythonFinalizationError", RUNTIME_ERROR, plain,
        "Operation blocked during Python finalization.";
    NAME_ERROR = "NameError", EXCEPTION, f::init_name_error, "Name not found globally.";
    UNBOUND_LOCAL_ERROR = "UnboundLocalError", NAME_ERROR, plain, "Local name referenced but not bound to a value.";
    ATTRIBUTE_ERROR = "AttributeError", EXCEPTION, f::init_attribute_error, "Attribute not found.";
    SYNTAX_ERROR = "SyntaxError", EXCEPTION, s::init, "Invalid syntax.";
    INDENTATION_ERROR = "IndentationError", SYNTAX_ERROR, plain, "Improper indentation.";
    TAB_ERROR = "TabError", INDENTATION_ERROR, plain, "Improper mixture of spaces and tabs.";
    INCOMPLETE_INPUT_ERROR = "_IncompleteInputError", SYNTAX_ERROR, plain, "incomplete input.";
    LOOKUP_ERROR = "LookupError", EXCEPTION, plain, "Base class for lookup errors.";
    INDEX_ERROR = "IndexError", LOOKUP_ERROR, plain, "Sequence index out of range.";
    KEY_ERROR = "KeyError", LOOKUP_ERROR, f::init_key_error, "Mapping key not found.";
    VALUE_ERROR = "ValueError", EXCEPTION, plain, "Inappropriate argument value (of correct type).";
    UNICODE_ERROR = "UnicodeError", VALUE_ERROR, plain, "Unicode related error.";
    UNICODE_ENCODE_ERROR = "UnicodeEncodeError", UNICODE_ERROR, u::init_encode, "Unicode encoding error.";
    UNICODE_DECODE_ERROR = "UnicodeDecodeError", UNICODE_ERROR, u::init_decode, "Unicode decoding error.";
    UNICODE_TRANSLATE_ERROR = "UnicodeTranslateError", UNICODE_ERROR, u::init_translate, "Unicode translation error.";
    ASSERTION_ERROR = "AssertionError", EXCEPTION, plain, "Assertion failed.";
    ARITHMETIC_ERROR = "ArithmeticError", EXCEPTION, plain, "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR = "FloatingPointError", ARITHMETIC_ERROR, plain, "Floating-point operation failed.";
    OVERFLOW_ERROR = "OverflowError", ARITHMETIC_ERROR, plain, "Result too large to be represented.";
    ZERO_DIVISION_ERROR = "ZeroDivisionError", ARITHMETIC_ERROR, plain,
        "Second argument to a division or modulo operation was zero.";
    SYSTEM_ERROR = "SystemError", EXCEPTION, plain, "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    REFERENCE_ERROR = "ReferenceError", EXCEPTION, plain, "Weak ref proxy used after referent went away.";
    MEMORY_ERROR = "MemoryError", EXCEPTION, plain, "Out of memory.";
    BUFFER_ERROR = "BufferError", EXCEPTION, plain, "Buffer error.";
    WARNING = "Warning", EXCEPTION, plain, "Base class for warning categories.";
    USER_WARNING = "UserWarning", WARNING, plain, "Base class for warnings generated by user code.";
    ENCODING_WARNING = "EncodingWarning", WARNING, plain, "Base class for warnings about encodings.";
    DEPRECATION_WARNING = "DeprecationWarning", WARNING, plain, "Base class for warnings about deprecated features.";
    PENDING_DEPRECATION_WARNING = "PendingDeprecationWarning", WARNING, plain,
        "Base class for warnings about features which will be deprecated\nin the future.";
    SYNTAX_WARNING = "SyntaxWarning", WARNING, plain, "Base class for warnings about dubious syntax.";
    RUNTIME_WARNING = "RuntimeWarning", WARNING, plain, "Base class for warnings about dubious runtime behavior.";
    FUTURE_WARNING = "FutureWarning", WARNING, plain,
        "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING = "ImportWarning", WARNING, plain, "Base class for warnings about probable mistakes in module imports";
    UNICODE_WARNING = "UnicodeWarning", WARNING, plain,
        "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    BYTES_WARNING = "BytesWarning", WARNING, plain,
        "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    RESOURCE_WARNING = "ResourceWarning", WARNING, plain, "Base class for warnings about resource usage.";
}
