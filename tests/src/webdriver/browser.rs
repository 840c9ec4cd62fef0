//! One browser for one test, driven over WebDriver.

use std::env;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::Once;
use std::time::{Duration, Instant};

use cors_browser::Engine;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::install::{Driver, Install};
use super::{Outcome, PATIENCE};

/// Says once for each engine, not for each test, that it is missing.
static SKIPPED: [Once; 3] = [const { Once::new() }; 3];

/// A browser of one engine, with a profile of its own.
pub struct Browser {
    engine: Engine,
    version: String,
    client: Client,
    session: String,
    // Dropped in this order: the driver ends before its browser's profile is removed.
    driver: Driver,
    _home: TempDir,
}

impl Browser {
    /// Every engine that can be started.
    pub const ENGINES: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

    /// Starts a browser, or reports on stderr that there is none and returns `None`.
    ///
    /// # Errors
    ///
    /// If it does not start, or if there is none and `REQUIRE_BROWSER=1` requires all.
    pub async fn start(engine: Engine) -> Outcome<Option<Self>> {
        let missing = match Install::find(engine) {
            Ok(install) => return Self::launch(engine, &install).await.map(Some),
            Err(missing) => missing,
        };
        if env::var_os("REQUIRE_BROWSER").is_some_and(|it| it == "1") {
            return Err(format!("{engine:?}: {missing}, and REQUIRE_BROWSER=1").into());
        }
        let index = Self::ENGINES.iter().position(|it| *it == engine).unwrap_or_default();
        SKIPPED[index].call_once(|| {
            let note = format!(
                "SKIPPED in {engine:?}: {missing}; set REQUIRE_BROWSER=1 to make this an error\n"
            );
            // Not `eprintln!`: the test runner hides that when the test passes.
            let _ = io::stderr().write_all(note.as_bytes());
        });
        Ok(None)
    }

    async fn launch(engine: Engine, install: &Install) -> Outcome<Self> {
        let home = tempfile::Builder::new().prefix("cors-browser-").tempdir()?;
        let driver = install.start_driver(home.path())?;
        let client = timeout(
            PATIENCE,
            ClientBuilder::new(HttpConnector::new())
                .capabilities(install.capabilities(home.path()))
                .connect(&format!("http://127.0.0.1:{}", driver.port)),
        )
        .await??;
        let session = client.session_id().await?.ok_or("the driver named no session")?;
        let version = client.capabilities().and_then(|it| it.get("browserVersion")?.as_str());
        let version = version.unwrap_or("of no version").to_owned();
        Ok(Self { engine, version, client, session, driver, _home: home })
    }

    /// Whose rules it follows.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// The version that the browser names.
    pub fn version(&self) -> &str {
        &self.version
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
        let mut driver = TcpStream::connect((Ipv4Addr::LOCALHOST, self.driver.port))?;
        driver.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            driver,
            "{method} /session/{}{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.session,
            self.driver.port,
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

    /// Makes the page as large as a screen, with a colour scheme: `light` or `dark`.
    ///
    /// Firefox has no window of less than 450 pixels. Only Chromium can be told the colour scheme;
    /// the others have that of the machine.
    ///
    /// # Errors
    ///
    /// If the driver cannot.
    pub async fn set_window(&self, width: u32, height: u32, scheme: &str) -> Outcome {
        if self.engine != Engine::Chromium {
            let script = "return [outerWidth - innerWidth, outerHeight - innerHeight]";
            let frame: [u32; 2] = serde_json::from_value(self.run(script, Value::Null).await?)?;
            let size = self.client.set_window_size(width + frame[0], height + frame[1]);
            return Ok(timeout(PATIENCE, size).await??);
        }
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
        self.wait_at_most(PATIENCE, expression).await
    }

    /// Waits until an expression is true in the page, or for some time.
    ///
    /// # Errors
    ///
    /// If the time is over.
    pub async fn wait_at_most(&self, patience: Duration, expression: &str) -> Outcome {
        let deadline = Instant::now() + patience;
        while self.run(&format!("return Boolean({expression})"), Value::Null).await? != true {
            if Instant::now() > deadline {
                return Err(format!("the page never came to `{expression}`").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

impl Drop for Browser {
    /// Ends the session first: a driver that is killed leaves its browser running.
    fn drop(&mut self) {
        // A driver that is already gone has taken the session with it.
        self.command("DELETE", "", "").map(drop).unwrap_or_default();
    }
}
