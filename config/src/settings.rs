//! Typed settings of an installation.
