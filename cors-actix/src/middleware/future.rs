//! The future of a request: inside the service, then decorated.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use pin_project_lite::pin_project;

use super::after::ResponseContext;
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
            context: Option<ResponseContext>,
        },
    }
}

impl<F, B> Future for CorsFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (inner, context) = match self.project() {
            CorsFutureProjection::Early { response } => {
                return match response.take() {
                    Some(response) => Poll::Ready(Ok(response)),
                    None => Poll::Pending,
                };
            }
            CorsFutureProjection::Inside { inner, context } => (inner, context),
        };
        let Some(context) = context else {
            let result = ready!(inner.poll(cx));
            return Poll::Ready(result.map(ServiceResponse::map_into_left_body));
        };
        let mut result = ready!(mark::watch(context.request, &mut context.ran, || inner.poll(cx)));
        match &mut result {
            Ok(response) => context.decorate(response),
            Err(error) => context.decorate_error(error),
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}
