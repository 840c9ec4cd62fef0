//! Live sets with several workers: a change applies to all of them at once, and a page reads and
//! sends what the content allows at that moment, whichever worker responds.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use actix_web::rt::{System, SystemRunner};
use actix_web::{App, HttpResponse, web};
use cors_actix::{Cors, resource, rules, set};
use cors_browser::{Browser, Credentials, FetchRequest, Url, WireRequest};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::served::{self, Site};
use super::{Tally, holds};

const WORKERS: usize = 3;
const KEYS: &[&str] = &["acme", "umbra", "b.example", "absent"];
const ORIGINS: &[&str] = &["https://a.example", "https://b.example", "https://*.c.example"];
const PAGES: &[&str] = &["https://a.example", "https://b.example", "https://x.c.example"];

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Fill(Vec<&'static str>),
    FillKey(&'static str, Option<Vec<&'static str>>),
    FillAll(BTreeMap<&'static str, Vec<&'static str>>),
    Fetch { worker: usize, page: &'static str, method: &'static str, path: Path, cookies: bool },
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
enum Path {
    Partners,
    /// A handler with rules, under the key, and an un-annotated one beside it.
    Orders(&'static str),
    Other(&'static str),
}

impl Path {
    fn to_text(self) -> String {
        match self {
            Self::Partners => "/partners".to_owned(),
            Self::Orders(key) => format!("/t/{key}/orders"),
            Self::Other(key) => format!("/t/{key}/other"),
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = || subsequence(ORIGINS, 0..=ORIGINS.len());
    let path = prop_oneof![
        1 => Just(Path::Partners),
        2 => select(KEYS).prop_map(Path::Orders),
        1 => select(KEYS).prop_map(Path::Other),
    ];
    let all = proptest::collection::btree_map(select(&KEYS[..3]), some(), 0..3);
    let methods = select(&["GET", "PUT"][..]);
    let fetch = (0..WORKERS, select(PAGES), methods, path, any::<bool>());
    let step = prop_oneof![
        1 => some().prop_map(Step::Fill),
        2 => (select(KEYS), weighted(0.8, some())).prop_map(|(key, list)| Step::FillKey(key, list)),
        1 => all.prop_map(Step::FillAll),
        8 => fetch.prop_map(|(worker, page, method, path, cookies)| {
            Step::Fetch { worker, page, method, path, cookies }
        }),
    ];
    vec(step, 1..60)
}

#[test]
fn every_worker_allows_what_live_sets_contain_now() {
    let system = Rc::new(System::new());
    let tally = holds(150, &steps(), |steps, tally| {
        let cors = cors();
        let workers: Vec<_> = (0..WORKERS).map(|_| worker(&system, &cors)).collect();
        let mut expected = Content::default();
        for step in steps {
            expected.step(&step, &cors, &workers, tally)?;
        }
        Ok(())
    });
    println!("{tally:#?}");
    assert!(tally.values().all(|times| *times > 100) && tally.len() == 4, "{tally:?}");
}

fn cors() -> Cors {
    let tenants = || [set("tenants").with_key("tenant")];
    Cors::builder()
        .live_set("partners")
        .keyed_set("tenants")
        .methods(["GET", "PUT"])
        .max_age(0)
        .paths("/partners", rules().origins([set("partners")]))
        .paths("/t/{tenant}/**", rules().origins(tenants()).credentials(tenants()))
        .build()
        .unwrap()
}

fn worker(system: &Rc<SystemRunner>, cors: &Cors) -> Site {
    let tenants = || [set("tenants").with_key("id")];
    let orders = rules().origins(tenants()).credentials(tenants());
    let app = App::new()
        .service(
            resource("/t/{id}/orders").cors(orders).get(HttpResponse::Ok).put(HttpResponse::Ok),
        )
        .default_service(web::to(HttpResponse::Ok))
        .wrap(cors.clone());
    served::site(system, system.block_on(actix_web::test::init_service(app)))
}

#[derive(Default)]
struct Content {
    partners: BTreeSet<&'static str>,
    tenants: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Content {
    fn step(
        &mut self,
        step: &Step,
        cors: &Cors,
        workers: &[Site],
        tally: &mut Tally,
    ) -> Result<(), TestCaseError> {
        let tenants = cors.keyed("tenants").unwrap();
        let set = |list: &[&'static str]| list.iter().copied().collect();
        match step {
            Step::Fill(list) => {
                cors.live("partners").unwrap().replace(list).unwrap();
                self.partners = set(list);
            }
            Step::FillKey(key, None) => {
                tenants.remove(*key).unwrap();
                self.tenants.remove(key);
            }
            Step::FillKey(key, Some(list)) => {
                tenants.replace(*key, list).unwrap();
                self.tenants.insert(key, set(list));
            }
            Step::FillAll(all) => {
                tenants.replace_all(all.clone()).unwrap();
                self.tenants = all.iter().map(|(key, list)| (*key, set(list))).collect();
            }
            Step::Fetch { worker, page, method, path, cookies } => {
                let allowed = self.allows(page, *path);
                // The list for partners is without credentials.
                let expected = allowed && !(*cookies && matches!(path, Path::Partners));
                let url = Url::parse(&format!("https://api.example{}", path.to_text())).unwrap();
                let credentials = if *cookies { Credentials::Include } else { Credentials::Omit };
                let request = FetchRequest::new(method, url).credentials(credentials);
                let mut sent = false;
                let mut network = |wire: &WireRequest| {
                    sent |= wire.method == *method;
                    workers[*worker](wire)
                };
                let outcome = Browser::new().fetch(&mut network, *page, &request);
                prop_assert_eq!(outcome.is_readable(), expected, "{:?}", outcome);
                prop_assert_eq!(sent, *method == "GET" || expected, "a preflight comes first");
                let what = match (expected, *method) {
                    (true, "GET") => "read",
                    (true, _) => "sent after a preflight",
                    (false, "GET") => "not readable",
                    (false, _) => "not sent",
                };
                *tally.entry(what).or_default() += 1;
            }
        }
        Ok(())
    }

    fn allows(&self, page: &str, path: Path) -> bool {
        let list = match path {
            Path::Partners => Some(&self.partners),
            Path::Orders(key) | Path::Other(key) => self.tenants.get(key),
        };
        let matches = |pattern: &str| match pattern.split_once("*.") {
            None => pattern == page,
            Some((scheme, base)) => page.starts_with(scheme) && page.ends_with(base),
        };
        list.is_some_and(|list| list.iter().any(|pattern| matches(pattern)))
    }
}
