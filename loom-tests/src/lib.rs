//! Helpers for the models.
