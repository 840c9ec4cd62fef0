//! The future of a request: inside the service, then decorated.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use pin_project_lite::pin_project;

use super::after::After;
use crate::registration::mark;

pin_project! {
    /// The future of [`crate::CorsService`]; it is not boxed.
    #[project = CorsFutureProjection]
    pub enum CorsFuture<F, B> {
        /// Answered by the edge.
        Early {
            response: Option<ServiceResponse<EitherBody<B>>>,
        },
        /// Handled inside; then decorated, unless another edge does.
        Inside {
            #[pin]
            inner: F,
            after: Option<After>,
        },
    }
}

impl<F, B> Future for CorsFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (inner, after) = match self.project() {
            CorsFutureProjection::Early { response } => {
                return match response.take() {
                    Some(response) => Poll::Ready(Ok(response)),
                    None => Poll::Pending,
                };
            }
            CorsFutureProjection::Inside { inner, after } => (inner, after),
        };
        let Some(after) = after else {
            let result = ready!(inner.poll(cx));
            return Poll::Ready(result.map(ServiceResponse::map_into_left_body));
        };
        let mut result = ready!(mark::watch(after.request, &mut after.seen, || inner.poll(cx)));
        match &mut result {
            Ok(response) => after.decorate(response),
            Err(error) => after.decorate_error(error),
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}
