//! One spelling everywhere: every setting is known to the file, the environment
//! and the attribute's checks under the name in its table.

#![cfg(feature = "config")]

use std::collections::BTreeSet;

use cors_core::{
    Config, Decision, Meant, Request, RequestField, Setting, SettingKind, Verdict, meant,
};

/// A value that each setting accepts by itself, as in `cors.toml` and in a variable.
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
fn every_setting_is_a_key_of_the_file_and_a_variable() {
    for setting in Setting::ALL {
        let (in_file, in_variable) = accepted(setting);
        let file = format!("[cors]\n{setting} = {in_file}\n");
        assert_eq!(codes(&Config::from_toml(&file, "cors.toml")), [], "{file}");

        let overlaid = Config::from_toml("[cors]\n", "cors.toml")
            .overlay_env(|name| (name == setting.env_var()).then(|| in_variable.to_owned()));
        assert_eq!(codes(&overlaid), [], "{}", setting.env_var());
    }
}

#[test]
fn a_wrong_value_is_reported_where_it_was_said() {
    for setting in Setting::ALL {
        let wrong = match setting.kind() {
            SettingKind::List => "b\u{e4}d value,",
            _ => "perhaps",
        };
        let variable = setting.env_var();
        let config = Config::from_toml("[cors]\n", "cors.toml")
            .overlay_env(|name| (name == variable).then(|| wrong.to_owned()));
        let found = codes(&config);
        assert!(!found.is_empty(), "{variable}={wrong}");
        assert!(found.iter().all(|(_, place)| *place == format!("env {variable}")), "{found:?}");
    }
}

#[test]
fn names_are_their_own_and_misspellings_find_them() {
    let names: BTreeSet<_> = Setting::ALL.into_iter().map(Setting::name).collect();
    assert_eq!(names.len(), Setting::ALL.len());
    for setting in Setting::ALL {
        assert_eq!(Setting::from_name(setting.name()), Some(setting));
        let misspelt: String = setting.name().chars().skip(1).collect();
        assert_eq!(meant(&misspelt, &[]), Some(Meant::Key(setting.name())), "{misspelt}");
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
fn a_variable_takes_the_place_of_what_the_file_says() {
    let file = "[cors]\norigins = [\"https://file.example\"]\n";
    let resolver = Config::from_toml(file, "cors.toml")
        .overlay_env(|name| {
            (name == "CORS_ORIGINS").then(|| "https://one.example, https://two.example".to_owned())
        })
        .resolve()
        .unwrap();
    let allowed =
        |origin| resolver.global().decide(&PageOf(origin)) == Decision::Actual(Verdict::Allowed);
    assert!(allowed("https://one.example") && allowed("https://two.example"));
    assert!(!allowed("https://file.example"));
}
