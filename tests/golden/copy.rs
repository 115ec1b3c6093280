//! A copy of a dossier as it leaves the system, sealed.

use node::audit::{CopyFault, OpeningCode, open_copy, seal_copy};
use tests::golden::compare;

const PLAIN: &str =
    r#"{"format":"hoso/dossier-copy/1","copy":"7","person":"Bùi Văn Hoà (hoa.bv)"}"#;

#[test]
fn a_sealed_copy_has_its_bytes_and_opens_from_them() {
    let code = OpeningCode::from_bytes([7; 16]);
    let file = seal_copy(PLAIN.to_owned(), &code);
    let text = format!("{}\n---\n{file}\n", code.text());
    compare("dossier-copy-sealed-v1.txt", &text);
    let (code, file) = text.split_once("\n---\n").expect("a code and a file");
    let code: OpeningCode = code.parse().expect("a code");
    assert_eq!(open_copy(file, &code).as_deref(), Ok(PLAIN));
    assert_eq!(open_copy(file, &OpeningCode::from_bytes([8; 16])), Err(CopyFault::Shut));
    let bent = file.replacen("\"sealed\":\"", "\"sealed\":\"00", 1);
    assert_eq!(open_copy(&bent, &code), Err(CopyFault::Shut));
    for other in ["{}", "", "{\"format\":\"hoso/dossier-copy/1\",\"sealed\":\"00\"}"] {
        assert_eq!(open_copy(other, &code), Err(CopyFault::Foreign), "{other}");
    }
}
