//! The programs of each engine: where they are, and how they are started with a fresh profile.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cors_browser::Engine;
use serde_json::{Map, Value, json};

use super::process::{Process, find};
use super::{Outcome, PATIENCE};

/// The programs that drive one engine on this machine.
pub(super) struct Install {
    engine: Engine,
    browser: PathBuf,
    driver: PathBuf,
    /// An X server, for an engine that has no headless mode.
    display: Option<PathBuf>,
}

/// A WebDriver server, and what it needs as long as it runs.
pub(super) struct Driver {
    pub(super) port: u16,
    // Dropped in this order: the driver and its browser end before the display.
    _process: Process,
    _display: Option<Process>,
}

impl Install {
    /// Finds the programs of an engine.
    ///
    /// # Errors
    ///
    /// Names what is missing.
    pub(super) fn find(engine: Engine) -> Result<Self, String> {
        let (browser, driver, display): (Wanted, Wanted, Option<Wanted>) = match engine {
            Engine::Chromium => (
                ("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]),
                ("CHROMEDRIVER", &["chromedriver"]),
                None,
            ),
            Engine::Firefox => {
                (("FIREFOX", &["firefox-esr", "firefox"]), ("GECKODRIVER", &["geckodriver"]), None)
            }
            Engine::WebKit => (
                ("MINIBROWSER", &MINI_BROWSERS),
                ("WEBKITDRIVER", &["WebKitWebDriver"]),
                Some(("XVFB", &["Xvfb"])),
            ),
            _ => return Err(format!("{engine:?} is no engine that can be started")),
        };
        let mut missing = String::new();
        let mut find = |(variable, names): Wanted| {
            let found = find(variable, names);
            if found.is_none() {
                let name = Path::new(names[0]).file_name().unwrap_or_default();
                let comma = if missing.is_empty() { "" } else { ", " };
                write!(missing, "{comma}no {} (or {variable}=FILE)", name.display()).ok()?;
            }
            found
        };
        let programs = (find(browser), find(driver), display.map(find));
        match programs {
            (Some(browser), Some(driver), display) if display != Some(None) => {
                Ok(Self { engine, browser, driver, display: display.flatten() })
            }
            _ => Err(missing),
        }
    }

    /// Starts the driver; everything that it writes is in `home`.
    pub(super) fn start_driver(&self, home: &Path) -> Outcome<Driver> {
        let mut command = Command::new(&self.driver);
        // What browsers report of machines without a screen, a bus or a sound card is of no use.
        command.env("HOME", home).stderr(Stdio::null());
        let port_in = |process: &Process, prefix: &str| -> Outcome<u16> {
            Ok(process.line_after(prefix)?.trim_end_matches('.').parse()?)
        };
        match &self.display {
            None if self.engine == Engine::Firefox => {
                command.args(["--port", "0", "--profile-root"]).arg(home);
                let process = Process::start(&mut command)?;
                let port = port_in(&process, "Listening on 127.0.0.1:")?;
                Ok(Driver { port, _process: process, _display: None })
            }
            None => {
                command.arg("--port=0");
                let mut start = || -> Outcome<Driver> {
                    let process = Process::start(&mut command)?;
                    let port = port_in(&process, "was started successfully on port ")?;
                    Ok(Driver { port, _process: process, _display: None })
                };
                // It ends if the port that it finds for IPv4 is in use for IPv6.
                start().or_else(|_| start()).or_else(|_| start())
            }
            Some(server) => {
                let mut screen = Command::new(server);
                screen.args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    "1280x1024x24",
                    "-nolisten",
                    "tcp",
                ]);
                let screen = Process::start(&mut screen)?;
                command.env("DISPLAY", format!(":{}", screen.line_after("")?));
                command.env_remove("WAYLAND_DISPLAY");
                // No session bus, no accessibility service, no settings of the user.
                command.envs([
                    ("NO_AT_BRIDGE", "1"),
                    ("GTK_A11Y", "none"),
                    ("GIO_USE_VFS", "local"),
                ]);
                command.envs([("GSETTINGS_BACKEND", "memory"), ("GDK_BACKEND", "x11")]);
                for (variable, directory) in [
                    ("XDG_CACHE_HOME", "cache"),
                    ("XDG_CONFIG_HOME", "config"),
                    ("XDG_DATA_HOME", "data"),
                ] {
                    command.env(variable, home.join(directory));
                }
                let (process, port) = on_a_free_port(&mut command)?;
                Ok(Driver { port, _process: process, _display: Some(screen) })
            }
        }
    }

    /// The capabilities of a session: the certificates of the tests are accepted, and nothing waits
    /// for ever.
    pub(super) fn capabilities(&self, home: &Path) -> Map<String, Value> {
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
        let mut capabilities = Map::from_iter([
            ("acceptInsecureCerts".to_owned(), json!(true)),
            ("timeouts".to_owned(), json!({ "script": patience, "pageLoad": patience })),
        ]);
        let (name, options) = match self.engine {
            Engine::Firefox => ("moz:firefoxOptions", self.firefox_options()),
            Engine::WebKit => (
                "webkitgtk:browserOptions",
                json!({ "binary": self.browser, "args": [
                    "--automation",
                    "--javascript-can-open-windows-automatically=true",
                ] }),
            ),
            _ => ("goog:chromeOptions", self.chromium_options(home)),
        };
        capabilities.insert(name.to_owned(), options);
        capabilities
    }

    fn chromium_options(&self, home: &Path) -> Value {
        let arguments = json!([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Containers give /dev/shm too little for a browser.
            "--disable-dev-shm-usage",
            format!("--user-data-dir={}", home.display()),
        ]);
        // An ordinary profile allows third-party cookies, and a headless browser blocks them.
        let preferences = json!({ "profile.cookie_controls_mode": 0 });
        json!({ "binary": self.browser, "args": arguments, "prefs": preferences })
    }

    /// The driver makes a profile and adds preferences that keep updates and reports away.
    fn firefox_options(&self) -> Value {
        json!({ "binary": self.browser, "args": ["-headless"], "prefs": {
            "network.captive-portal-service.enabled": false,
            "network.connectivity-service.enabled": false,
        } })
    }
}

/// The variable that names the file of a program, and the names that it has on the `PATH`.
type Wanted = (&'static str, &'static [&'static str]);

/// Debian has it beside the library, by architecture; a name with a slash is a path already.
const MINI_BROWSERS: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/webkit2gtk-4.1/MiniBrowser",
    "MiniBrowser",
];

/// Starts a driver that does not choose a port itself. Another process may take the free port
/// before the driver does; then the driver ends.
fn on_a_free_port(command: &mut Command) -> Outcome<(Process, u16)> {
    for _ in 0..5 {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        // A later argument replaces an earlier one.
        let mut process = Process::start(command.arg(format!("--port={port}")))?;
        let deadline = Instant::now() + PATIENCE;
        while !process.has_ended() && Instant::now() < deadline {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() && !process.has_ended() {
                return Ok((process, port));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    Err(format!("{} listens on no port", command.get_program().display()).into())
}
