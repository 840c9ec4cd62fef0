//! Servers of other languages, each in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{Server, skip};

/// How long a server may take to start.
const LONGEST: Duration = Duration::from_secs(30);

/// Express with the package `cors`, and these options for it. `None` where it is not there.
pub(crate) fn express(options: &str) -> Option<Server> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let packages = match INSTALLED.get_or_init(install) {
        Ok(packages) => packages,
        Err(why) => {
            skip("Express", why);
            return None;
        }
    };
    let script = format!(
        "const app = require('express')();\n\
         app.use(require('cors')({options}));\n\
         app.all('/orders', (request, response) => response.json([]));\n\
         const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));\n"
    );
    let child = Command::new("node").arg("-e").arg(script).current_dir(packages).piped();
    started("Express", child)
}

/// Installs the packages once for all tests.
fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("express");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    if folder.join("node_modules/cors").exists() && folder.join("node_modules/express").exists() {
        return Ok(folder);
    }
    let output = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--prefix", ".", "express@4", "cors@2"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("npm: {error}"))?;
    match output.status.success() {
        true => Ok(folder),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Flask with Flask-CORS, and these arguments for it.
pub(crate) fn flask(arguments: &str) -> Option<Server> {
    let script = format!(
        "from flask import Flask\n\
         from flask_cors import CORS\n\
         from werkzeug.serving import make_server\n\
         app = Flask(__name__)\n\
         CORS(app, {arguments})\n\
         @app.route('/orders', methods=['GET', 'PUT', 'DELETE'])\n\
         def orders():\n    return '[]'\n\
         server = make_server('127.0.0.1', 0, app)\n\
         print(server.server_port, flush=True)\n\
         server.serve_forever()\n"
    );
    let child = Command::new("python3").arg("-c").arg(script).piped();
    started("Flask-CORS", child)
}

/// nginx with these directives in its only server.
pub(crate) fn nginx(directives: &str) -> Option<Server> {
    let directory = tempfile::tempdir().unwrap();
    // nginx does not tell which port it got.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let path = directory.path().display();
    let configuration = format!(
        "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/error.log;\n\
         events {{ worker_connections 16; }}\n\
         http {{\n\
         access_log off;\n\
         client_body_temp_path {path}/body;\nproxy_temp_path {path}/proxy;\n\
         fastcgi_temp_path {path}/fastcgi;\nuwsgi_temp_path {path}/uwsgi;\nscgi_temp_path {path}/scgi;\n\
         server {{ listen 127.0.0.1:{port};\n{directives}\n}}\n}}\n"
    );
    let file = directory.path().join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let name = ["nginx", "/usr/sbin/nginx"].into_iter().find(|name| {
        Command::new(name).arg("-v").stderr(Stdio::null()).status().is_ok_and(|it| it.success())
    });
    let Some(name) = name else {
        skip("nginx", "it is not installed");
        return None;
    };
    let log = directory.path().join("error.log");
    let mut child = Command::new(name)
        .arg("-c")
        .arg(file)
        .arg("-e")
        .arg(&log)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let begin = Instant::now();
    while TcpStream::connect(address).is_err() {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(child.try_wait().unwrap().is_none(), "nginx ended: {log}");
        assert!(begin.elapsed() < LONGEST, "nginx does not start: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(Server::at(address).of(child).in_directory(directory))
}

/// A server that prints its port. One that does not is not there.
fn started(what: &str, child: std::io::Result<Child>) -> Option<Server> {
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            skip(what, &error.to_string());
            return None;
        }
    };
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    match line.trim().parse() {
        Ok(port) => {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            Some(Server::at(address).of(child))
        }
        Err(_) => {
            // Ended, or about to.
            let _ = child.kill();
            let output = child.wait_with_output().unwrap();
            skip(what, &String::from_utf8_lossy(&output.stderr));
            None
        }
    }
}

trait Piped {
    fn piped(&mut self) -> std::io::Result<Child>;
}

impl Piped for Command {
    fn piped(&mut self) -> std::io::Result<Child> {
        self.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}
