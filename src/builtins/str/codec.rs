//! `str.encode` and `bytes.decode` for the codecs that need no import.
