//! What a document refuses, and that it is then as before.

use super::*;
