//! Examples from `startup`: whole programs, and what they log when they start.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::example::{Example, Instead, code, split};

/// Declares the programs, and a list of their names, sources and `main`s.
macro_rules! programs {
    ($($program:ident)+) => {
        $(mod $program;)+

        type Program = (&'static str, &'static str, fn() -> std::io::Result<()>);

        const PROGRAMS: &[Program] = &[$((
            stringify!($program),
            include_str!(concat!("startup/", stringify!($program), ".rs")),
            $program::main,
        )),+];
    };
}

programs! {
    bad_inspector
    bad_set_key
    conflicting_routes
    feed_failed
    middleware_missing
    no_common_origin
    no_method_left
    safelisted_method_omitted
    settings_without_origins
    shared_preflight_cache
    unknown_live_set
    unreadable_file
    wrapped_twice
    wrong_kind_of_set
}

/// Keeps what is logged from now on.
pub(super) fn capture() {
    // The first test to come installs it.
    let _ = log::set_logger(&Log);
    log::set_max_level(log::LevelFilter::Warn);
}

pub(super) fn examples() -> Vec<Example> {
    capture();
    PROGRAMS.iter().map(example).collect()
}

fn example((name, source, main): &Program) -> Example {
    let code = code(&name.replace('_', "-"));
    let (instead, source) = split(source).unwrap();
    let main = *main;
    // A program with a warning goes on to serve, until the tests are done.
    std::thread::spawn(main);
    let directory = std::env::current_dir().unwrap().display().to_string();
    Example {
        code,
        language: "rust",
        mistake: source.replace("pub(super) async fn main", "async fn main"),
        output: logged(code.as_str()).replace(&directory, "/srv/shop"),
        instead: Instead::Words(instead.to_owned()),
    }
}

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        // Programs log the errors that functions return.
        ["cors_actix", module_path!()].iter().any(|it| metadata.target().starts_with(it))
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = record.args().to_string();
            LOG.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
    }

    fn flush(&self) {}
}

/// What was logged with this code, as soon as it is.
pub(super) fn logged(code: &str) -> String {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = log.iter().find(|text| text.contains(&format!("[{code}]"))) {
            return text.clone();
        }
        drop(log);
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("nothing was logged with the code {code}");
}
