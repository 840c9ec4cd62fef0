//! The options of all subcommands, and the text of `--help`.

#![allow(rustdoc::bare_urls, reason = "these comments are shown in a terminal")]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const STATUSES: &str = "\
Exit status:
  0  nothing was found
  1  something was found: an error in the file, a page that may not read, a denied difference
  2  nothing could be examined: wrong usage, a file that cannot be read, a server that cannot be reached";

/// Checks, explains and compares the CORS policies of cors.toml, and probes servers as browsers do.
#[derive(Debug, Parser)]
#[command(name = "cors", version, after_help = STATUSES, arg_required_else_help = true)]
#[command(max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckOptions),
    Explain(ExplainOptions),
    Diff(DiffOptions),
    Probe(ProbeOptions),
    /// Print the JSON Schema of cors.toml, for completion in editors
    ///
    /// Save it, and name it in the first line of cors.toml, for taplo and Even Better TOML:
    ///
    ///   cors schema > cors.schema.json
    ///
    ///   #:schema ./cors.schema.json
    Schema,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputOptions {
    /// How results are written: `github` writes the annotations of GitHub Actions
    #[arg(long, value_enum, default_value_t = Format::Text, global = true, display_order = 90)]
    pub(crate) format: Format,
    /// Whether text has colours; `auto` is for terminals, unless NO_COLOR is set
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, display_order = 91)]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// How a cors.toml is read.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReadOptions {
    /// Select this profile, as `CORS_PROFILE` does for a server
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Overlay the environment variables `CORS_…`, as `Cors::from_config` does for a server
    #[arg(long)]
    pub(crate) env: bool,
    /// Report harmless values as warnings, as `Config::lenient` does for a server
    #[arg(long)]
    pub(crate) lenient: bool,
}

/// Report every problem of a cors.toml, and the policies that it configures
///
/// Reads the file as a server does at startup. Handlers are not known here: conflicts between the
/// file and `#[cors(…)]` are reported when the server starts.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status:
  0  no errors; there may be warnings
  1  errors, or with --deny-warnings warnings
  2  wrong usage, or the file cannot be read

Examples:
  cors check
  cors check deploy/cors.toml --profile production --deny-warnings
  cors check --format github")]
pub(crate) struct CheckOptions {
    /// The file, `-` for standard input [default: ./cors.toml; with --env, what CORS_CONFIG names]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
    /// Exit with status 1 if there are warnings
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Explain what a cors.toml does with a request of a page, step by step
///
/// Shows the requests that a browser sends for it, what the policy decides about each and which
/// lines of the file decided it, and whether the page may read the response.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status:
  0  the page may read the response
  1  it may not, or the handler decides (`passthrough`, `enabled = false`)
  2  wrong usage, or a file that cannot be read or has errors

Examples:
  cors explain --origin https://app.example.com --method PUT --path /orders/7 --annotated
  cors explain cors.toml --origin http://localhost:3000 --profile development --credentials
  cors explain --origin https://app.example.com --method POST --header 'Content-Type: application/json'")]
pub(crate) struct ExplainOptions {
    /// The file, `-` for standard input [default: ./cors.toml; with --env, what CORS_CONFIG names]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
    #[command(flatten)]
    pub(crate) page: PageOptions,
    /// The path that the page requests
    #[arg(long, default_value = "/")]
    pub(crate) path: String,
    /// The host that the request is for, where the policy depends on it
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// Explain the policy of a handler with `#[cors]`, which serves the method at this path;
    /// without it, that of a path without an annotated handler
    #[arg(long)]
    pub(crate) annotated: bool,
}

/// What a page requests, besides the URL.
#[derive(Debug, Args)]
pub(crate) struct PageOptions {
    /// The origin of the page, such as https://app.example.com, or `null`
    #[arg(long)]
    pub(crate) origin: String,
    /// The method, in the case in which the page writes it
    #[arg(long, default_value = "GET")]
    pub(crate) method: String,
    /// A header that the page sets, with or without a value: 'X-Token' or 'Accept: text/csv'
    #[arg(long = "header", value_name = "NAME[: VALUE]")]
    pub(crate) headers: Vec<String>,
    /// The page sends cookies: `credentials: "include"`
    #[arg(long)]
    pub(crate) credentials: bool,
}

/// Show what a change of the policies opens and closes
///
/// Compares two files, or two tables of policies that were saved as JSON: by `cors check --format
/// json`, or by a program that serialises `Cors::table()`. Compared is what is allowed, not how it
/// is written: a comment, a place or an origin that a pattern covered before is no difference.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status:
  0  nothing that is denied differs
  1  something differs that --deny names
  2  wrong usage, or a file that cannot be read or has errors

Examples:
  git show main:cors.toml | cors diff - cors.toml
  cors diff old.toml new.toml --deny opened --format github
  cors diff reviewed-table.json deployed-table.json")]
pub(crate) struct DiffOptions {
    /// The earlier file or table, `-` for standard input
    pub(crate) old: PathBuf,
    /// The later file or table, `-` for standard input
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
    /// Which differences end with status 1
    #[arg(long, value_enum, default_value_t = DeniedChange::Any)]
    pub(crate) deny: DeniedChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeniedChange {
    /// Every difference.
    Any,
    /// Only what is newly allowed.
    Opened,
    /// Only what is no longer allowed.
    Closed,
    /// No difference.
    None,
}

/// Ask a server what a browser would ask, and explain what a page may read
///
/// Sends the preflight and the request of a page, and then the same for another origin, for `null`
/// and, if the page is refused, for similar origins. Requests that may change something (all but
/// GET and HEAD) are not sent after their preflight, unless --send allows it. It trusts the
/// certificates that the system trusts, and asks through the proxy of HTTPS_PROXY, HTTP_PROXY or
/// ALL_PROXY, unless NO_PROXY lists the server or it is this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status:
  0  the page may read the response (or send the request, where that is not sent), and nothing
     dangerous was found; there may be warnings
  1  the page is blocked, or the server allows what is dangerous
  2  wrong usage, or the server cannot be reached

Examples:
  cors probe https://api.example.com/orders --origin https://app.example.com
  cors probe https://api.example.com/orders/7 --origin https://app.example.com \\
      --method PUT --header X-CSRF-Token --credentials
  cors probe http://127.0.0.1:8080/ --origin http://localhost:3000 --http2")]
pub(crate) struct ProbeOptions {
    /// The URL that the page requests: http:// or https://
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) page: PageOptions,
    /// Also send requests other than GET and HEAD, which the server may act on
    #[arg(long)]
    pub(crate) send: bool,
    /// Use HTTP/1.1 only
    #[arg(long, conflicts_with = "http2")]
    pub(crate) http1: bool,
    /// Use HTTP/2 only; for http:// with prior knowledge
    #[arg(long)]
    pub(crate) http2: bool,
    /// Trust only the certificates of this PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub(crate) ca: Option<PathBuf>,
    /// Accept any certificate: the server may then be another one
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Ask through this proxy, http://proxy.example.com:3128, whatever the variables are
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// How many seconds one request of the page may take, with its preflight and redirects
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,
}
