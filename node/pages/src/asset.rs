//! Style, script and fonts, each under a name that changes with its bytes, so that a browser may
//! keep it for ever.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Where assets are asked for.
pub const FOLDER: &str = "/tep/";

/// A file that pages need.
#[derive(Debug)]
pub struct Asset {
    /// Its name with a part that follows from its bytes.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, bytes: Vec<u8>) -> Self {
        let digest: String =
            Sha256::digest(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("{stem}.{digest}.{ending}"), kind, bytes }
    }

    /// Where a page asks for it.
    pub fn href(&self) -> String {
        format!("{FOLDER}{}", self.name)
    }
}

/// htmx, untouched.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../assets/vendor/htmx/htmx.min.js");
    Asset::new("htmx", "js", "text/javascript; charset=utf-8", bytes.to_vec())
});

/// The faces of Be Vietnam Pro: weight, subset, bytes.
const FACES: [(u16, &str, &[u8]); 4] = [
    (
        400,
        "latin",
        include_bytes!("../assets/vendor/be-vietnam-pro/be-vietnam-pro-latin-400-normal.woff2"),
    ),
    (
        600,
        "latin",
        include_bytes!("../assets/vendor/be-vietnam-pro/be-vietnam-pro-latin-600-normal.woff2"),
    ),
    (
        400,
        "vietnamese",
        include_bytes!(
            "../assets/vendor/be-vietnam-pro/be-vietnam-pro-vietnamese-400-normal.woff2"
        ),
    ),
    (
        600,
        "vietnamese",
        include_bytes!(
            "../assets/vendor/be-vietnam-pro/be-vietnam-pro-vietnamese-600-normal.woff2"
        ),
    ),
];

/// Characters of the subsets, as the package of the font states them.
const LATIN: &str = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,\
    U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD";
const VIETNAMESE: &str = "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,\
    U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB";

static FONTS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let font = |(weight, subset, bytes): &(u16, &str, &[u8])| {
        Asset::new(
            &format!("be-vietnam-pro-{subset}-{weight}"),
            "woff2",
            "font/woff2",
            bytes.to_vec(),
        )
    };
    FACES.iter().map(font).collect()
});

/// The one style sheet: Pico, the font, and the house's own rules over them.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let mut css = include_str!("../assets/vendor/pico/pico.min.css").to_owned();
    css.push('\n');
    for ((weight, subset, _), font) in FACES.iter().zip(FONTS.iter()) {
        let range = if *subset == "latin" { LATIN } else { VIETNAMESE };
        css.push_str(&format!(
            "@font-face{{font-family:\"Be Vietnam Pro\";font-style:normal;font-display:swap;\
             font-weight:{weight};src:url({}) format(\"woff2\");unicode-range:{range}}}\n",
            font.name
        ));
    }
    css.push_str(include_str!("../assets/style.css"));
    Asset::new("hoso", "css", "text/css; charset=utf-8", css.into_bytes())
});

/// The keys of the queue of reviews.
pub static KEYS: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../assets/keys.js");
    Asset::new("keys", "js", "text/javascript; charset=utf-8", bytes.to_vec())
});

/// The asset of this name.
pub fn named(name: &str) -> Option<&'static Asset> {
    let all = [&*STYLE, &*SCRIPT, &*KEYS].into_iter().chain(FONTS.iter());
    all.into_iter().find(|asset| asset.name == name)
}
