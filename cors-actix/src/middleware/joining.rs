//! The future of a [`CorsService`](super::CorsService) that is being initialised.
//!
//! While applications are initialised, it is not certain which of them a `Cors`
//! wraps: it takes the one whose services were created last. With several at once on
//! one thread that may be another one, whose problems do not concern this one. So
//! before it refuses to start, it gives the others a chance to claim their own.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::CorsService;
use super::edge::{Edge, StartupRefusal};
use crate::observe::log;
use crate::process::ProcessState;
use crate::registration::{AppRoutes, Part};

/// How often the other futures of the thread are given a chance.
const TURNS: u32 = 64;

/// Joins an application with its policies.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are polled"]
pub struct Joining<S> {
    process: Arc<ProcessState>,
    part: Option<Part>,
    service: Option<S>,
    refused: Option<StartupRefusal>,
    turns: u32,
}

impl<S> Joining<S> {
    pub(super) fn new(process: Arc<ProcessState>, part: Option<Part>, service: S) -> Self {
        Self { process, part, service: Some(service), refused: None, turns: TURNS }
    }
}

// Nothing in it is pinned.
impl<S> Unpin for Joining<S> {}

impl<S> Future for Joining<S> {
    type Output = Result<CorsService<S>, ()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = match &self.refused {
            None => match self.part {
                Some(part) => Edge::join_part(&self.process, part),
                None if wraps_app::<S>() => Edge::join(&self.process),
                None => {
                    AppRoutes::note_wrapped_scope();
                    Edge::join_unannotated(&self.process, false)
                }
            },
            // Another `Cors` has claimed the application, or it is complete without
            // this one: so it was never this one's.
            Some(refused) if refused.is_of_another() => {
                Edge::join_unannotated(&self.process, wraps_app::<S>())
            }
            Some(_) if self.turns == 0 => {
                if let Some(refused) = self.refused.take() {
                    log::refuse(&refused.into_report());
                }
                return Poll::Ready(Err(()));
            }
            Some(_) => {
                self.turns -= 1;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        };
        match joined {
            Ok(edge) => Poll::Ready(match self.service.take() {
                Some(service) => Ok(CorsService { service, edge: Rc::new(edge) }),
                None => Err(()),
            }),
            Err(refused) => {
                if refused.is_certain() {
                    self.turns = 0;
                }
                self.refused = Some(refused);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// Whether a service is not that of a scope or of a resource, as far as its type shows:
/// middleware may hide it.
fn wraps_app<S>() -> bool {
    let name = type_name::<S>();
    let is_inner = ["actix_web::scope::", "actix_web::resource::"].map(|it| name.contains(it));
    !is_inner.contains(&true)
}
