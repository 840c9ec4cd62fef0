//! The rows of the table, and how they are printed.

use crate::callgrind::{self, Cost};
use crate::contender::{Contender, Size};
use crate::measure::{self, Subject};
use crate::request::{Abuse, Ask, Template};
use crate::routes::Layout;

/// One measurement: an application and a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) contender: Contender,
    pub(crate) ask: Ask,
    pub(crate) size: Size,
}

/// One line of the table: one request to several applications.
pub(crate) struct Row {
    pub(crate) ask: Ask,
    pub(crate) size: Size,
    pub(crate) contenders: &'static [Contender],
}

/// Rows that belong together.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) rows: fn() -> Vec<Row>,
}

use Contender::{ActixCors, Axum, Bare, ByHand, Global, Idle, Routes, TowerHttp};

pub(crate) const SMALL: Size = Size { routes: 1, layout: Layout::Root, origins: 1, wildcards: 0 };

/// The whole table.
pub(crate) const GROUPS: [Group; 6] = [
    Group {
        name: "requests",
        rows: || {
            let contenders = &[Bare, Idle, ByHand, ActixCors, Global, Routes, Axum, TowerHttp];
            Ask::ALL[..6].iter().map(|ask| Row { ask: *ask, size: SMALL, contenders }).collect()
        },
    },
    Group {
        name: "routes",
        rows: || {
            let contenders = &[Bare, ActixCors, Global, Routes];
            let rows = |routes| Ask::ALL[..4].iter().map(move |ask| (*ask, routes));
            let row = |(ask, routes)| Row { ask, size: Size { routes, ..SMALL }, contenders };
            [50, 5_000].into_iter().flat_map(rows).map(row).collect()
        },
    },
    Group {
        name: "scopes",
        rows: || {
            let contenders = &[Bare, ActixCors, Global, Routes];
            let rows = |routes| Ask::ALL[..4].iter().map(move |ask| (*ask, routes));
            let row = |(ask, routes)| Row { ask, size: in_scope(routes), contenders };
            let alone = [1, 10, 50, 500].into_iter().flat_map(rows).map(row);
            let bundled = |(ask, routes)| Row { ask, size: in_bundle(routes), contenders };
            let new = [10, 50, 500].map(|routes| row((Ask::NewPath, routes)));
            alone.chain(rows(500).map(bundled)).chain(new).collect()
        },
    },
    Group {
        name: "origins",
        rows: || {
            let row = |(ask, origins)| Row {
                ask,
                size: Size { origins, ..SMALL },
                contenders: &[Bare, ActixCors, Global],
            };
            let rows = |origins| [(Ask::Allowed, origins), (Ask::Disallowed, origins)];
            [1, 10_000, 100_000].into_iter().flat_map(rows).map(row).collect()
        },
    },
    Group {
        name: "wildcards",
        rows: || {
            let row = |(ask, wildcards)| Row {
                ask,
                size: Size { wildcards, ..SMALL },
                contenders: &[Bare, Global],
            };
            let rows = |wildcards| [(Ask::Subdomain, wildcards), (Ask::Disallowed, wildcards)];
            [1, 10_000].into_iter().flat_map(rows).map(row).collect()
        },
    },
    Group {
        name: "abuse",
        rows: || {
            let contenders = &[Bare, ActixCors, Global, Routes];
            let row = |abuse| Row { ask: Ask::Abuse(abuse), size: SMALL, contenders };
            Abuse::ALL.into_iter().map(row).collect()
        },
    },
];

/// So many routes in one scope.
pub(crate) const fn in_scope(routes: usize) -> Size {
    Size { routes, layout: Layout::Scope, ..SMALL }
}

/// So many routes in one scope, registered as a bundle.
pub(crate) const fn in_bundle(routes: usize) -> Size {
    Size { routes, layout: Layout::Bundle, ..SMALL }
}

impl Scenario {
    pub(crate) fn start(self) -> Subject {
        let Self { contender, ask, size } = self;
        let path = size.layout.last_path(size.routes);
        Subject { serve: contender.start(ask, size), template: Template::new(ask, &path) }
    }

    pub(crate) fn to_arguments(self) -> [String; 6] {
        let Self { contender, ask, size: Size { routes, layout, origins, wildcards } } = self;
        [
            contender.name().to_owned(),
            ask.name(),
            layout.name().to_owned(),
            routes.to_string(),
            origins.to_string(),
            wildcards.to_string(),
        ]
    }

    pub(crate) fn from_arguments(arguments: &[&str]) -> Self {
        let [contender, ask, layout, sizes @ ..] = arguments else { panic!("no scenario") };
        let sizes: Vec<usize> = sizes.iter().map(|size| size.parse().expect("a number")).collect();
        let [routes, origins, wildcards] = sizes[..] else { panic!("three sizes") };
        let contender = Contender::ALL.into_iter().find(|known| known.name() == *contender);
        let layout = Layout::ALL.into_iter().find(|known| known.name() == *layout);
        let layout = layout.expect("a layout");
        Self {
            contender: contender.expect("a contender"),
            ask: Ask::named(ask).expect("a request"),
            size: Size { routes, layout, origins, wildcards },
        }
    }
}

/// Prints the rows of a group as a table in Markdown.
pub(crate) fn print(group: &Group) {
    println!(
        "\n{}: time as a ratio to bare · instructions · allocations; what is added to bare with its sign; \
         tower-http beside axum\n",
        group.name
    );
    let mut names = vec!["request", "routes", "place", "origins", "wildcards"];
    names.extend(Contender::in_table().map(Contender::name));
    println!("| {} |\n|{}", names.join(" | "), "---|".repeat(names.len()));
    for row in (group.rows)() {
        print_row(&row);
    }
}

fn print_row(row: &Row) {
    let Row { ask, size: size @ Size { routes, layout, origins, wildcards }, contenders } = row;
    // Preflights end at the edge: what they are compared with is the page.
    let bare_ask = if ask.is_preflight() { Ask::NoOrigin } else { *ask };
    let bare = |contender: Contender| {
        let contender = contender.bare();
        Scenario { contender, ask: bare_ask, size: *size }
    };
    let scenarios: Vec<_> = contenders
        .iter()
        .filter(|contender| !matches!(contender, Bare | Idle | Axum) || !ask.is_preflight())
        .map(|contender| Scenario { contender: *contender, ask: *ask, size: *size })
        .collect();
    // Each turn begins with those that others are compared with.
    let mut bases: Vec<_> = scenarios.iter().map(|scenario| bare(scenario.contender)).collect();
    bases.dedup_by_key(|base| base.contender);
    let subjects: Vec<_> = bases.iter().chain(&scenarios).copied().map(Scenario::start).collect();
    let times = measure::times(&subjects);
    let counted_bases: Vec<_> = bases.iter().copied().map(callgrind::count).collect();

    let place = layout.name();
    print!("| {} | {routes} | {place} | {origins} | {wildcards} |", ask.name());
    for contender in Contender::in_table() {
        let Some(index) = scenarios.iter().position(|known| known.contender == contender) else {
            print!(" |");
            continue;
        };
        let base = bases.iter().position(|base| base.contender == contender.bare());
        let base = base.expect("what it is compared with");
        let ratio = times[bases.len() + index] / times[base];
        let counted = callgrind::count(scenarios[index]);
        match (counted, counted_bases[base]) {
            (Some(Cost { instructions, allocations }), _) if ask.is_preflight() => {
                print!(" {ratio:.2} · {instructions} · {allocations} |");
            }
            (Some(Cost { instructions, allocations }), Some(bare))
                if contender.bare() != contender =>
            {
                let (added, more) =
                    (instructions - bare.instructions, allocations - bare.allocations);
                print!(" {ratio:.2} · {added:+} · {more:+} |");
            }
            (Some(Cost { instructions, allocations }), _) => {
                print!(" {ratio:.2} · {instructions} · {allocations} |");
            }
            (None, _) => print!(" {ratio:.2} · no valgrind |"),
        }
    }
    println!();
}
