//! A real Chromium for the tests, and the processes that it talks to.
//!
//! [`Chromium`] is one headless browser with a fresh profile, driven over WebDriver. [`Example`]
//! is one of the workspace's example servers, the very binary that a reader would run. Both end
//! with the value that stands for them, whatever the test did, and nothing waits for ever.

use std::{
    env,
    error::Error,
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Once,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

/// What a test returns: any failure is the test's failure.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How long a process may take to say that it is ready, and a browser to do one thing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says once, not for each test, that there is no browser.
static SKIPPED: Once = Once::new();

/// A headless Chromium with a profile of its own.
pub struct Chromium {
    client: Client,
    session: String,
    driver_port: u16,
    // Dropped in this order: the driver ends before its browser's profile is removed.
    _driver: Process,
    _profile: TempDir,
}

impl Chromium {
    /// Starts a browser, or reports on stderr that there is none and returns `None`.
    ///
    /// # Errors
    ///
    /// If it does not start, or if there is none and `REQUIRE_BROWSER=1` requires one.
    pub async fn start() -> Outcome<Option<Self>> {
        let browser = find("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);
        let driver = find("CHROMEDRIVER", &["chromedriver"]);
        if let (Some(browser), Some(driver)) = (browser, driver) {
            return Self::launch(&browser, &driver).await.map(Some);
        }
        if env::var_os("REQUIRE_BROWSER").is_some_and(|it| it == "1") {
            return Err("no chromium/chromedriver found, and REQUIRE_BROWSER=1".into());
        }
        SKIPPED.call_once(|| {
            // Not `eprintln!`: the test runner hides that when the test passes.
            let _ = io::stderr().write_all(
                b"SKIPPED: no chromium/chromedriver found (set REQUIRE_BROWSER=1 to make this an error)\n",
            );
        });
        Ok(None)
    }

    async fn launch(browser: &Path, driver: &Path) -> Outcome<Self> {
        let profile = tempfile::Builder::new().prefix("cors-chromium-").tempdir()?;
        let driver = Process::start(Command::new(driver).arg("--port=0"))?;
        let driver_port = driver
            .line_after("was started successfully on port ")?
            .trim_end_matches('.')
            .parse::<u16>()?;

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
            format!("--user-data-dir={}", profile.path().display()),
        ]);
        let options = json!({ "binary": browser, "args": arguments });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let client = timeout(
            PATIENCE,
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities)
                .connect(&format!("http://127.0.0.1:{driver_port}")),
        )
        .await??;
        let session = client.session_id().await?.ok_or("the driver named no session")?;
        Ok(Self { client, session, driver_port, _driver: driver, _profile: profile })
    }

    /// Opens a page and waits until it is loaded.
    ///
    /// # Errors
    ///
    /// If the page cannot be reached, or takes too long.
    pub async fn open(&self, url: &str) -> Outcome {
        Ok(timeout(PATIENCE, self.client.goto(url)).await??)
    }

    /// Runs the body of an async function in the page and returns what it returns. `args` is
    /// bound to the given value.
    ///
    /// # Errors
    ///
    /// If the script throws, or takes too long.
    pub async fn run(&self, body: &str, args: Value) -> Outcome<Value> {
        let script = format!(
            "const [args, done] = arguments;
             (async () => {{ {body} }})()
                 .then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let answer = timeout(PATIENCE, self.client.execute_async(&script, vec![args])).await??;
        match answer.get("error") {
            Some(error) => Err(format!("the script failed: {error}").into()),
            None => Ok(answer["value"].clone()),
        }
    }

    /// Answers for the user what a page of the current origin may do (Permissions, "Set
    /// permission"); `state` is `granted`, `denied` or `prompt`.
    ///
    /// # Errors
    ///
    /// If the browser knows no such permission.
    pub fn set_permission(&self, name: &str, state: &str) -> Outcome {
        let permission = json!({ "descriptor": { "name": name }, "state": state });
        let answer = self.command("POST", "/permissions", &permission.to_string())?;
        match answer.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => Err(format!("the permission `{name}`: {answer}").into()),
        }
    }

    /// A WebDriver command that the client has no method for.
    fn command(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut driver = TcpStream::connect((Ipv4Addr::LOCALHOST, self.driver_port))?;
        driver.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            driver,
            "{method} /session/{}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.session,
            body.len(),
        )?;
        let mut answer = [0; 1024];
        let length = driver.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    /// Focuses an element and presses keys: letters, or `\n` for the enter key.
    ///
    /// # Errors
    ///
    /// If there is no such element.
    pub async fn press_keys(&self, selector: &str, keys: &str) -> Outcome {
        let element = self.client.find(Locator::Css(selector)).await?;
        // WebDriver, section 17.4.2: the enter key.
        Ok(timeout(PATIENCE, element.send_keys(&keys.replace('\n', "\u{e007}"))).await??)
    }

    /// Makes the window as large as a screen, with a colour scheme: `light` or `dark`.
    ///
    /// # Errors
    ///
    /// If the driver cannot.
    pub async fn set_window(&self, width: u32, height: u32, scheme: &str) -> Outcome {
        for (command, parameters) in [
            (
                "Emulation.setDeviceMetricsOverride",
                json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
            ),
            (
                "Emulation.setEmulatedMedia",
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
            ),
        ] {
            let body = json!({ "cmd": command, "params": parameters });
            let answer = self.command("POST", "/goog/cdp/execute", &body.to_string())?;
            if !answer.starts_with("HTTP/1.1 200") {
                return Err(format!("{command}: {answer}").into());
            }
        }
        Ok(())
    }

    /// Writes a picture of the window into the directory that `SCREENSHOTS` names, if it does.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub async fn screenshot(&self, name: &str) -> Outcome {
        if let Some(directory) = env::var_os("SCREENSHOTS") {
            let picture = timeout(PATIENCE, self.client.screenshot()).await??;
            fs::write(PathBuf::from(directory).join(format!("{name}.png")), picture)?;
        }
        Ok(())
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Errors
    ///
    /// If that takes too long.
    pub async fn wait_until(&self, expression: &str) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression})"), Value::Null).await? != true {
            if Instant::now() > deadline {
                return Err(format!("the page never came to `{expression}`").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

impl Drop for Chromium {
    /// Ends the session first: a driver that is killed leaves its browser running.
    fn drop(&mut self) {
        // A driver that is already gone has taken the session with it.
        self.command("DELETE", "", "").map(drop).unwrap_or_default();
    }
}

/// A running example server, with no `CORS_*` setting but those given.
pub struct Example(Process);

impl Example {
    /// Starts `target/<profile>/examples/<name>`, and builds it first if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started.
    pub fn start<S: AsRef<OsStr>>(
        name: &str,
        arguments: impl IntoIterator<Item = S>,
        variables: &[(&str, &str)],
    ) -> Outcome<Self> {
        let mut command = Command::new(example_binary(name)?);
        command.args(arguments);
        for (variable, _) in env::vars_os() {
            if variable.to_str().is_some_and(|it| it.starts_with("CORS_")) {
                command.env_remove(variable);
            }
        }
        command.envs(variables.iter().copied());
        Ok(Self(Process::start(&mut command)?))
    }

    /// Reads lines until one contains `prefix`, and returns the word that follows.
    ///
    /// # Errors
    ///
    /// If the process ends or stays silent.
    pub fn line_after(&self, prefix: &str) -> Outcome<String> {
        self.0.line_after(prefix)
    }
}

/// This test is `target/<profile>/deps/<test>`; its neighbour directory has the examples.
fn example_binary(name: &str) -> Outcome<PathBuf> {
    let test = env::current_exe()?;
    let profile = test.ancestors().nth(2).ok_or("the test is not in a target directory")?;
    let binary = profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["build", "--package", "cors-examples", "--example", name]);
        cargo.arg("--target-dir").arg(profile.parent().unwrap_or(profile));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        if !cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
            return Err(format!("the example `{name}` does not build").into());
        }
    }
    Ok(binary)
}

/// An empty page on an origin of its own, whatever host name it is reached by.
pub struct BlankPage {
    port: u16,
}

impl BlankPage {
    /// Serves it on a free port until the test process ends.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub fn serve() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer_blank(stream));
            }
        });
        Ok(Self { port })
    }

    /// The page's origin under a host name.
    pub fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }
}

fn answer_blank(stream: TcpStream) -> io::Result<()> {
    // A browser opens connections ahead that it may never use.
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(&stream).lines();
    while head.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    (&stream).write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 38\r\nConnection: close\r\n\r\n\
          <!doctype html><title>A page</title>\r\n",
    )
}

/// A child process, its output read line by line, killed on drop.
struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    fn start(command: &mut Command) -> Outcome<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let output = child.stdout.take().ok_or("stdout is not piped")?;
        let (sender, lines) = channel();
        // Reads to the end, so that the process never blocks on a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sender.send(line).unwrap_or_default();
            }
        });
        Ok(Self { child, lines })
    }

    fn line_after(&self, prefix: &str) -> Outcome<String> {
        loop {
            let line = self
                .lines
                .recv_timeout(PATIENCE)
                .map_err(|_| format!("the process printed no line with `{prefix}`"))?;
            if let Some((_, rest)) = line.split_once(prefix) {
                return Ok(rest.split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// The program that a variable names, else the first of `names` on the `PATH`.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(PathBuf::from(path)).filter(|it| it.is_file());
    }
    let path = env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |directory| directory.join(name)))
        .find(|it| it.is_file())
}
