//! The binary `hoso`.

fn main() {
    if std::env::args_os().nth(1).is_some_and(|arg| arg == node::import::child::SUBCOMMAND) {
        std::process::exit(node::import::child::reader_main());
    }
    let environment = node::environment::Environment::real();
    std::process::exit(node::cli::run(environment, std::env::args_os(), |_| {
        anyhow::bail!("the demonstration is not part of this build")
    }));
}
