//! Tests of the text algorithms, one file per module.

mod codecs;
mod escape;
mod float_repr;
mod format_spec;
mod int_text;
mod percent;
mod template;
