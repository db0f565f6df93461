//! Trace IR and optimizer.
