//! The repository tests itself: arrows between crates, files, words and the README.

mod tidy {
    mod arrows;
    mod files;
    mod readme;
    mod requirements;
    mod words;
}
