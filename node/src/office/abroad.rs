//! The office signs the anchor of its province (Điều 10.3).

use super::Office;
use crate::abroad::{Anchor, AnchorFile, PapersFile, Unsound};

impl Office {
    /// Signs an anchor with the key of the register.
    ///
    /// # Errors
    /// [`Unsound`] when it says what no anchor may.
    pub fn sign_anchor(&self, anchor: Anchor, papers: PapersFile) -> Result<AnchorFile, Unsound> {
        AnchorFile::issue(anchor, papers, &self.register)
    }
}
