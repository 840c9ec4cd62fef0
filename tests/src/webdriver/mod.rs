//! Real browsers for the tests, and the processes that they talk to.
//!
//! [`Browser`] is one browser with a fresh profile, driven over WebDriver: Chromium, Firefox or
//! WebKit. [`Example`] is one of the workspace's example servers, the very binary that a reader
//! would run. Both end with the value that stands for them, whatever the test did, and nothing waits
//! for ever.
//!
//! A program is looked up on the `PATH`, unless a variable names its file:
//!
//! | engine | browser | driver | display |
//! |---|---|---|---|
//! | Chromium | `CHROMIUM` | `CHROMEDRIVER` | |
//! | Firefox | `FIREFOX` | `GECKODRIVER` | |
//! | WebKit | `MINIBROWSER` | `WEBKITDRIVER` | `XVFB` |
//!
//! An engine whose programs are missing is skipped, with a line on stderr, unless
//! `REQUIRE_BROWSER=1`.

mod blank_page;
mod browser;
mod example;
mod install;
mod process;

use std::error::Error;
use std::time::Duration;

pub use blank_page::BlankPage;
pub use browser::Browser;
pub use cors_browser::Engine;
pub use example::Example;

/// What a test returns: any failure is the test's failure.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How long a process may take to become ready, and a browser to do one thing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs each test once in each engine, as `test::chromium`, `test::firefox` and `test::webkit`.
///
/// A test is an async function that takes the [`Browser`].
#[macro_export]
macro_rules! in_each_engine {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use $crate::webdriver::{Browser, Engine, Outcome};

            async fn run(engine: Engine) -> Outcome {
                match Browser::start(engine).await? {
                    Some(browser) => super::$test(browser).await,
                    None => Ok(()),
                }
            }

            #[tokio::test]
            async fn chromium() -> Outcome {
                run(Engine::Chromium).await
            }

            #[tokio::test]
            async fn firefox() -> Outcome {
                run(Engine::Firefox).await
            }

            #[tokio::test]
            async fn webkit() -> Outcome {
                run(Engine::WebKit).await
            }
        }
    )+};
}
