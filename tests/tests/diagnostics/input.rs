//! Examples of what is wrong before there is a `cors.toml` to read, or beside it.

use cors_actix::Cors;
use cors_core::{Config, Problem};

use crate::example::{Example, Instead, code};

pub(super) fn examples() -> Vec<Example> {
    vec![
        example(
            "file-too-large",
            "ln -s /dev/zero cors.toml",
            &Config::from_reader(std::io::repeat(0), "cors.toml"),
            "name the file that is meant in `CORS_CONFIG`",
        ),
        example(
            "not-utf-8",
            r#"printf '[cors]\nexpose = "caf\351"\n' > cors.toml"#,
            &Config::from_bytes(b"[cors]\nexpose = \"caf\xe9\"\n", "cors.toml"),
            "save the file as UTF-8",
        ),
        null_value(),
        example(
            "unknown-variable",
            "CORS_ORIGNS=https://app.example cargo run",
            &Config::from_toml("[cors]\n", "cors.toml")
                .overlay_env([("CORS_ORIGNS", "https://app.example")]),
            "write `CORS_ORIGINS`",
        ),
        example(
            "no-variables",
            "# HttpServer::new(|| App::new().wrap(Cors::from_env()))\ncargo run",
            &Config::from_env([("CORS_PROFILE", "production")]),
            "`CORS_ORIGINS=https://app.example cargo run`",
        ),
        example(
            "unused-file",
            "# HttpServer::new(|| App::new().wrap(Cors::from_env()))\n\
             CORS_CONFIG=cors.toml CORS_ORIGINS=https://app.example cargo run",
            &Config::from_env([
                ("CORS_CONFIG", "cors.toml"),
                ("CORS_ORIGINS", "https://app.example"),
            ]),
            "read the file, with `Cors::from_config()`, or unset `CORS_CONFIG`",
        ),
        nothing_to_reload(),
        nothing_to_watch(),
    ]
}

fn null_value() -> Example {
    let settings = r#"{ "origins": ["https://app.example"], "max_age": null }"#;
    let config: Config = serde_json::from_str(settings).unwrap();
    Example {
        language: "json",
        mistake: settings.to_owned(),
        ..example("null-value", settings, &config, "leave the key out, or call `Config::lenient`")
    }
}

fn nothing_to_reload() -> Example {
    let error = Cors::builder().build().unwrap().reload().unwrap_err();
    Example {
        code: error.problems()[0].code(),
        language: "rust",
        mistake: "Cors::builder().build()?.reload()?;".to_owned(),
        output: error.problems()[0].report(),
        instead: Instead::Words("configure the policy in a file, or call `Cors::apply`".to_owned()),
    }
}

fn nothing_to_watch() -> Example {
    let error = Cors::builder().build().unwrap().watch().unwrap_err();
    Example {
        code: error.problems()[0].code(),
        language: "rust",
        mistake: "let _watching = Cors::builder().build()?.watch()?;".to_owned(),
        output: error.problems()[0].report(),
        instead: Instead::Words(
            "read the policy from a file, or call `Cors::apply` or `Cors::reload` when it changes"
                .to_owned(),
        ),
    }
}

fn example(name: &str, mistake: &str, config: &Config, instead: &str) -> Example {
    let problems = match config.resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    };
    let code = code(name);
    assert!(problems.iter().any(|problem| problem.code() == code), "{name}: {problems:?}");
    let output: Vec<_> = problems.iter().map(Problem::report).collect();
    Example {
        code,
        language: "sh",
        mistake: mistake.to_owned(),
        output: output.join("\n\n"),
        instead: Instead::Words(instead.to_owned()),
    }
}
