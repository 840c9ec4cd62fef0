//! What the edge answers itself: preflights, and what `enforce` keeps from its
//! handler. No middleware inside and no handler sees either.

use actix_web::HttpResponse;
use actix_web::dev::ResourceMap;
use actix_web::http::StatusCode;
use cors_core::Answer;

use crate::candidates::Candidates;
use crate::edge::{Edge, Judged};
use crate::request::Head;
use crate::response::{self, Echo};
use crate::table::Table;

/// A request that the edge may answer.
pub(crate) struct Question<'r> {
    pub(crate) edge: &'r Edge,
    pub(crate) table: &'r Table,
    pub(crate) map: &'r ResourceMap,
    pub(crate) head: &'r Head<'r>,
    pub(crate) path: &'r str,
}

impl Question<'_> {
    pub(crate) fn answer_preflight(&self) -> HttpResponse {
        let candidates = self.candidates();
        let (why, answer) = candidates.judge(self.head);
        self.edge.record(why, &self.judged());
        let status = match answer.is_refused() {
            true => StatusCode::FORBIDDEN,
            false => StatusCode::from_u16(self.table.compiled().preflight_status())
                .unwrap_or(StatusCode::NO_CONTENT),
        };
        self.decorated(HttpResponse::new(status), &candidates, &answer)
    }

    /// The refusal of a request that its origin may not even send.
    pub(crate) fn refuse(&self) -> Option<HttpResponse> {
        let candidates = self.candidates();
        let (why, answer) = candidates.judge(self.head);
        if !answer.is_refused() {
            return None;
        }
        self.edge.record(why, &self.judged());
        let refusal = HttpResponse::Forbidden()
            .body("cross-origin request refused: the origin is not allowed\n");
        Some(self.decorated(refusal, &candidates, &answer))
    }

    fn candidates(&self) -> Candidates<'_> {
        self.table.candidates(self.path, self.head.intended_method(), self.map)
    }

    /// Browsers ask no preflight of their own server, and `enforce` lets it pass.
    fn judged(&self) -> Judged<'_> {
        let target = Some((self.path, self.head.intended_method()));
        Judged { table: self.table, target, origin: self.head.origin(), is_own: &|| false }
    }

    fn decorated(
        &self,
        mut response: HttpResponse,
        candidates: &Candidates<'_>,
        answer: &Answer<'_>,
    ) -> HttpResponse {
        let lines = response::lines(answer, candidates.first, Echo::Early(self.head));
        response::decorate(response.headers_mut(), lines, answer.vary());
        response
    }
}
