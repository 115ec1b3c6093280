//! Secret: what people write lies nowhere on a disk as they wrote it.

use std::path::{Path, PathBuf};

use node::environment::{Disk, disk::read_whole};

/// Words that stand in everything people of the simulation write.
const WORDS: [&str; 2] = ["ghi số ", "cán bộ "];
/// Longest file that is read, in bytes.
const FILE_MAX: usize = 1 << 30;

/// The files below a directory that show people's words.
pub fn open_words(disk: &dyn Disk, directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in disk.list(directory).unwrap_or_default() {
        let path = directory.join(name);
        match read_whole(disk, &path, FILE_MAX) {
            Ok(bytes) if shows(&bytes) => found.push(path),
            Ok(_) => {}
            Err(_) => found.extend(open_words(disk, &path)),
        }
    }
    found
}

fn shows(bytes: &[u8]) -> bool {
    WORDS.iter().any(|word| {
        let word = word.as_bytes();
        let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == word[0]);
        starts.map(|(at, _)| at).any(|at| bytes[at..].starts_with(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use node::environment::MemoryDisk;

    #[test]
    fn words_are_found_in_whichever_file_they_lie() {
        let disk = MemoryDisk::new();
        disk.create_dir(Path::new("/d")).expect("created");
        disk.create_dir(Path::new("/d/e")).expect("created");
        for (name, text) in [("/d/a", "kín"), ("/d/e/b", "x ghi số 4 y")] {
            let file = disk.create(Path::new(name)).expect("created");
            file.write_at(0, text.as_bytes()).expect("written");
        }
        assert_eq!(open_words(&disk, Path::new("/d")), [PathBuf::from("/d/e/b")]);
    }
}
