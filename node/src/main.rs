//! The binary `hoso`.

fn main() {
    if std::env::args_os().nth(1).is_some_and(|arg| arg == node::import::child::SUBCOMMAND) {
        std::process::exit(node::import::child::reader_main());
    }
}
