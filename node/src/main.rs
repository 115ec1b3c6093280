//! The binary `hoso`.

#[cfg(feature = "planted")]
compile_error!("faults are planted for the simulation alone, never in what is shipped");

fn main() {
    let mut words = std::env::args_os().skip(1);
    let first = words.next();
    if first.as_deref().is_some_and(|word| word == node::import::child::SUBCOMMAND) {
        std::process::exit(node::import::child::reader_main());
    }
    if first.as_deref().is_some_and(|word| word == node::demo::SUBCOMMAND) {
        std::process::exit(node::demo::node_main(words));
    }
    let environment = node::environment::Environment::real();
    let tell = |arguments| node::demo::run(&arguments);
    std::process::exit(node::cli::run(environment, std::env::args_os(), tell));
}
