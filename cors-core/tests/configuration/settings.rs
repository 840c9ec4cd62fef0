//! One name everywhere: the file, the environment and the attribute's checks know every
//! setting by the name in its table.

#![cfg(feature = "config")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use cors_core::{
    Config, Decision, Request, RequestField, Setting, SettingKind, Suggestion, Verdict, suggest_key,
};

/// A valid value of each setting, as in `cors.toml` and in a variable.
const fn accepted(setting: Setting) -> (&'static str, &'static str) {
    match setting {
        Setting::Origins => ("[\"https://a.example\"]", "https://a.example"),
        Setting::Methods => ("[\"PUT\"]", "PUT"),
        Setting::Headers | Setting::Expose => ("[\"x-a\"]", "x-a"),
        Setting::MaxAge => ("\"10m\"", "600"),
        _ => ("true", "true"),
    }
}

fn codes(config: &Config) -> Vec<(String, String)> {
    let Err(error) = config.resolve() else { return Vec::new() };
    let code =
        |problem: &cors_core::Problem| (problem.code().to_string(), problem.source().to_string());
    error.problems().iter().map(code).collect()
}

#[test]
fn settings_are_keys_and_variables() {
    for setting in Setting::ALL {
        let (in_file, in_variable) = accepted(setting);
        let file = format!("[cors]\n{setting} = {in_file}\n");
        assert_eq!(codes(&Config::from_toml(&file, "cors.toml")), [], "{file}");

        let overlaid = Config::from_toml("[cors]\n", "cors.toml")
            .overlay_env([(setting.env_var(), in_variable)]);
        assert_eq!(codes(&overlaid), [], "{}", setting.env_var());
    }
}

#[test]
fn invalid_values_are_reported_at_their_place() {
    for setting in Setting::ALL {
        let wrong = match setting.kind() {
            SettingKind::List => "b\u{e4}d value,",
            SettingKind::FlagOrOrigins => "https://b\u{e4}d.example/,",
            _ => "perhaps",
        };
        let variable = setting.env_var();
        let config =
            Config::from_toml("[cors]\n", "cors.toml").overlay_env([(variable.as_str(), wrong)]);
        let found = codes(&config);
        assert!(!found.is_empty(), "{variable}={wrong}");
        assert!(found.iter().all(|(_, place)| *place == format!("env {variable}")), "{found:?}");
    }
}

#[test]
fn names_are_valid_and_misspellings_are_recognised() {
    let names: BTreeSet<_> = Setting::ALL.into_iter().map(Setting::name).collect();
    assert_eq!(names.len(), Setting::ALL.len());
    for setting in Setting::ALL {
        assert_eq!(Setting::from_name(setting.name()), Some(setting));
        let misspelt: String = setting.name().chars().skip(1).collect();
        assert_eq!(
            suggest_key(&misspelt, &[]),
            Some(Suggestion::Key(setting.name())),
            "{misspelt}"
        );
    }
}
struct PageOf(&'static str);

impl Request for PageOf {
    fn method(&self) -> &[u8] {
        b"GET"
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        (field == RequestField::Origin).then_some(self.0.as_bytes()).into_iter()
    }
}

#[test]
fn variables_override_the_file() {
    let file = "[cors]\norigins = [\"https://file.example\"]\n";
    let resolver = Config::from_toml(file, "cors.toml")
        .overlay_env([("CORS_ORIGINS", "https://one.example, https://two.example")])
        .resolve()
        .unwrap();
    let allowed =
        |origin| resolver.global().decide(&PageOf(origin)) == Decision::Actual(Verdict::Allowed);
    assert!(allowed("https://one.example") && allowed("https://two.example"));
    assert!(!allowed("https://file.example"));
}

#[test]
fn variables_override_a_profile_and_select_another() {
    let file = "[cors]\nprofile = \"production\"\norigins = [\"https://file.example\"]\n\
                [cors.profiles.development]\nloopback = true\nmax_age = 1\n";
    let resolve = |variables: &[(&'static str, &'static str)]| {
        Config::from_toml(file, "cors.toml").overlay_env(variables.iter().copied()).resolve()
    };
    let origins = |variables: &[(&'static str, &'static str)]| {
        resolve(variables).unwrap().global().effective(Setting::Origins).value().to_string()
    };
    assert_eq!(origins(&[]), "https://file.example");
    let development = ("CORS_PROFILE", "development");
    assert!(origins(&[development]).starts_with("http://127.0.0.1:*, "));
    let both = origins(&[development, ("CORS_ORIGINS", "https://env.example")]);
    assert!(both.contains("http://localhost:*") && both.ends_with("https://env.example"), "{both}");

    let resolver = resolve(&[development, ("CORS_MAX_AGE", "90")]).unwrap();
    let max_age = resolver.global().effective(Setting::MaxAge);
    assert_eq!(max_age.value().to_string(), "90");
    assert_eq!(
        max_age.sources().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["env CORS_MAX_AGE"]
    );

    let config = Config::from_toml(file, "cors.toml").overlay_env([("CORS_PROFILE", "prod")]);
    assert_eq!(
        codes(&config),
        [("cors::unknown-profile".to_owned(), "env CORS_PROFILE".to_owned())]
    );
    let config =
        Config::from_toml(file, "cors.toml").overlay_env([("CORS_ORIGINS", "http://localhost:*")]);
    let expected = ("cors::loopback-in-production".to_owned(), "env CORS_ORIGINS".to_owned());
    assert_eq!(codes(&config), [expected]);
}

#[test]
fn variables_cannot_widen_a_limit() {
    let file = "[cors]\norigins = [\"https://a.example\"]\n\
                [cors.limits]\norigins = [\"https://a.example\"]\ncredentials = \"never\"\n";
    let config = Config::from_toml(file, "cors.toml").overlay_env([
        ("CORS_ORIGINS", "https://b.example"),
        ("CORS_CREDENTIALS", "true"),
        ("CORS_LIMITS", "any"),
        ("CORS_LIMITS_ORIGINS", "any"),
    ]);
    let problem = |code: &str, variable: &str| (format!("cors::{code}"), format!("env {variable}"));
    let expected = [
        problem("over-limit", "CORS_CREDENTIALS"),
        problem("unknown-variable", "CORS_LIMITS"),
        problem("unknown-variable", "CORS_LIMITS_ORIGINS"),
        problem("over-limit", "CORS_ORIGINS"),
    ];
    assert_eq!(codes(&config), expected);
}

/// The help of the only warning for this variable, and that it can be silenced.
fn help_for(variable: &str) -> String {
    let config = Config::from_toml("[cors]\n", "cors.toml").overlay_env([(variable, "x")]);
    let resolver = config.resolve().unwrap();
    let [warning] = resolver.warnings() else { panic!("{variable}: {:?}", resolver.warnings()) };
    assert_eq!(warning.code().as_str(), "cors::unknown-variable");
    assert_eq!(warning.source().to_string(), format!("env {variable}"));
    let silenced = config.allow_warning("cors::unknown-variable", cors_core::Source::BASELINE);
    assert_eq!(silenced.resolve().unwrap().warnings(), []);
    warning.help().unwrap().to_owned()
}

#[test]
fn every_unknown_variable_is_a_warning() {
    for (name, meant) in [
        ("CORS_ORIGNS", "CORS_ORIGINS"),
        ("CORS_ALLOWED_ORIGINS", "CORS_ORIGINS"),
        ("CORS_ALLOW_CREDENTIALS", "CORS_CREDENTIALS"),
        ("CORS_PROFIL", "CORS_PROFILE"),
        ("CORS_CONFI", "CORS_CONFIG"),
        ("cors_orign", "CORS_ORIGINS"),
    ] {
        assert_eq!(help_for(name), format!("did you mean `{meant}`?"));
    }
    for (name, meant) in [
        ("cors_origins", "CORS_ORIGINS"),
        ("Cors_Config", "CORS_CONFIG"),
        ("CORS_max_age", "CORS_MAX_AGE"),
    ] {
        let help = format!("names of variables are case-sensitive: write `{meant}`");
        assert_eq!(help_for(name), help);
    }
    for (name, key) in [
        ("CORS_PREFLIGHT_STATUS", "preflight_status"),
        ("CORS_LIMITS", "limits"),
        ("CORS_LIMITS_ORIGINS", "limits"),
        ("CORS_PROFILES_DEVELOPMENT_LOOPBACK", "profiles"),
    ] {
        assert_eq!(help_for(name), format!("`{key}` has no variable: set it in `cors.toml`"));
    }
    let help = "`off` has no variable; to disable `Cors`, set `CORS_ENABLED=false`";
    assert_eq!(help_for("CORS_OFF"), help);
    assert_eq!(help_for("CORS_ENABLE"), "did you mean `CORS_ENABLED`?");
    for name in ["CORS_DISABLED", "CORS_DISABLE"] {
        assert_eq!(help_for(name), "write `CORS_ENABLED=false`");
    }
    for name in ["CORS_LIFETIME", "CORS_", "CORS_PROXY_URL", "CORS_\u{e9}"] {
        assert!(help_for(name).starts_with("the variables are `CORS_ORIGINS`, `"), "{name}");
    }
    let config = Config::from_toml("[cors]\n", "cors.toml");
    let config = config.overlay_env([("CORS_CONFIG", "x"), ("ORIGINS", "x"), ("CORSO", "x")]);
    assert_eq!(config.resolve().unwrap().warnings(), []);
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let variables = || Setting::ALL.map(|setting| (setting.env_var(), " ".to_owned()));
    let others =
        ["CORS_PROFILE", "CORS_CONFIG", "CORS_ORIGNS"].map(|it| (it.to_owned(), String::new()));
    let file = "[cors]\norigins = [\"https://file.example\"]\n";
    let config =
        Config::from_toml(file, "cors.toml").overlay_env(variables()).overlay_env(others.clone());
    let resolver = config.resolve().unwrap();
    assert_eq!(resolver.warnings(), []);
    let origins = resolver.global().effective(Setting::Origins).value().to_string();
    assert_eq!(origins, "https://file.example");
    let config = Config::from_env(variables().into_iter().chain(others));
    assert_eq!(codes(&config), [("cors::no-variables".to_owned(), "env CORS_ORIGINS".to_owned())]);
}

#[test]
fn a_flag_in_a_variable_is_true_or_false() {
    let set = |text: &'static str| {
        let file = "[cors]\norigins = [\"https://file.example\"]\n";
        Config::from_toml(file, "cors.toml").overlay_env([("CORS_ENFORCE", text)]).resolve()
    };
    for (text, flag) in [("true", "true"), (" false ", "false")] {
        let resolver = set(text).unwrap();
        assert_eq!(resolver.global().effective(Setting::Enforce).value().to_string(), flag);
    }
    for (text, help) in [
        ("1", "write `true`"),
        ("TRUE", "write `true`"),
        ("on", "write `true`"),
        ("0", "write `false`"),
        ("False", "write `false`"),
        ("no", "write `false`"),
        ("maybe", "write `true` or `false`"),
    ] {
        let error = set(text).unwrap_err();
        assert_eq!(error.problems()[0].code().as_str(), "cors::wrong-type", "{text}");
        assert_eq!(error.problems()[0].help(), Some(help), "{text}");
    }
}

#[test]
fn a_variable_enables_and_disables() {
    let file = |text: &str| Config::from_toml(&format!("[cors]\n{text}\n"), "cors.toml");
    let in_profile = "profile = \"staging\"\n[cors.profiles.staging]\nenabled = true";
    for (text, variable, disabled) in [
        ("", "false", Some("env CORS_ENABLED")),
        ("enabled = false", "true", None),
        ("enabled = false", "", Some("cors.toml:2:1")),
        (in_profile, "false", Some("env CORS_ENABLED")),
    ] {
        let resolver = file(text).overlay_env([("CORS_ENABLED", variable)]).resolve().unwrap();
        let place = resolver.disabled().map(ToString::to_string);
        assert_eq!(place.as_deref(), disabled, "{text}, {variable}");
    }
    let error = file("").overlay_env([("CORS_ENABLED", "0")]).resolve().unwrap_err();
    assert_eq!(error.problems()[0].help(), Some("write `false`"));
    assert!(Config::from_env([("CORS_ENABLED", "false")]).resolve().is_ok());
    let config = Config::from_env([("CORS_ENABLED", "true")]);
    assert_eq!(codes(&config), [("cors::no-variables".to_owned(), "env CORS_ORIGINS".to_owned())]);
}

#[test]
fn a_variable_lists_the_origins_that_may_send_credentials() {
    let set = |text: &'static str| {
        let file = "[cors]\norigins = \"any\"\n";
        Config::from_toml(file, "cors.toml").overlay_env([("CORS_CREDENTIALS", text)]).resolve()
    };
    let listed = "https://a.example, https://b.example";
    for (text, shown) in [("false", "false"), (listed, listed)] {
        let resolver = set(text).unwrap();
        assert_eq!(resolver.global().effective(Setting::Credentials).value().to_string(), shown);
    }
    for (text, code) in [
        ("true", "cors::wildcard-with-credentials"),
        ("yes", "cors::wrong-type"),
        ("https://a.example/", "cors::trailing-slash"),
        ("https://a.example,b.example", "cors::missing-scheme"),
    ] {
        let error = set(text).unwrap_err();
        assert_eq!(error.problems()[0].code().as_str(), code, "{text}");
    }
    let help = "write `true`, or a list of origins, separated by commas";
    assert_eq!(set("yes").unwrap_err().problems()[0].help(), Some(help));
}
