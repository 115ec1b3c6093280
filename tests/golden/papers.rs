//! What people hold in their hands: the invite token and the settings file.

use certs::enrolment::InviteToken;
use config::settings::{self, Layers};
use config::{IndexKind, Profile};
use dossier::Hash;
use tests::golden::{compare, stored};

#[test]
fn the_invite_token_has_its_text() {
    let secret: [u8; 16] = std::array::from_fn(|at| at as u8);
    let token = InviteToken::new(secret, Hash::of(b"root"));
    let text = format!("{}\n", token.text());
    compare("invite-token-v1.txt", &text);
    let read: InviteToken = text.trim_end().parse().expect("a token");
    assert_eq!(read.invite_id(), token.invite_id());
    assert_eq!(read.root_fingerprint(), token.root_fingerprint());
}

#[test]
fn a_settings_file_of_version_1_still_says_the_same() {
    let text = stored("settings-v1.toml", || {
        concat!(
            "# Every setting there is.\n",
            "profile = \"department\"\n",
            "province = \"hoabinh\"\n",
            "data_dir = \"/var/lib/hoso\"\n\n",
            "[listen]\npeer = \"0.0.0.0:7443\"\nenrol = \"0.0.0.0:7444\"\n\n",
            "[parent]\naddress = \"snv.hoabinh:7443\"\n\n",
            "[storage]\nindex = \"redb\"\n\n",
            "[units]\ncommunes_hold_dossiers = false\n",
        )
        .to_owned()
    });
    let layers = Layers { file: Some(("settings-v1.toml", text.as_bytes())), ..Layers::default() };
    let loaded = settings::load(&layers).expect("loads");
    assert_eq!(loaded.warnings, []);
    let settings = loaded.settings;
    assert_eq!(settings.profile, Profile::Department);
    assert_eq!(settings.province.to_string(), "hoabinh");
    assert_eq!(settings.data_dir.to_str(), Some("/var/lib/hoso"));
    assert_eq!(settings.listen_peer.to_string(), "0.0.0.0:7443");
    assert_eq!(settings.listen_enrol.map(|a| a.to_string()).as_deref(), Some("0.0.0.0:7444"));
    assert_eq!(settings.parent_address.as_deref(), Some("snv.hoabinh:7443"));
    assert_eq!(settings.storage_index, IndexKind::Redb);
    assert!(!settings.communes_hold_dossiers);
}

#[test]
fn every_profile_loads_as_it_is_shipped() {
    for profile in [Profile::Unit, Profile::Department, Profile::Province] {
        let layers =
            Layers { file: Some(("profile", profile.text().as_bytes())), ..Layers::default() };
        let loaded = settings::load(&layers).expect("loads");
        assert_eq!(loaded.settings.storage_index, IndexKind::Sled, "{}", profile.name());
    }
}
