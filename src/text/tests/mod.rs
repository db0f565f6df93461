//! Tests of the text algorithms, one file per module.

mod escape;
mod float_repr;
mod format_spec;
mod int_text;
mod percent;
