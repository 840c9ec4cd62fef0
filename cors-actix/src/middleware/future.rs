//! The future of a request: inside the service, then decorated.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{RequestHead, ServiceResponse};
use pin_project_lite::pin_project;

use super::after::ResponseContext;
use super::nesting;
use crate::http::RefusedByEnforce;

pin_project! {
    /// The future of [`crate::CorsService`]; it is not boxed.
    #[project = CorsFutureProjection]
    pub enum CorsFuture<F, B> {
        /// Answered by the edge.
        Early {
            response: Option<ServiceResponse<EitherBody<B>>>,
        },
        /// Handled inside; then decorated.
        Inside {
            #[pin]
            inner: F,
            // Identified by its address, which is compared with that of a request that is alive.
            request: *const RequestHead,
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
        let (inner, request, context) = match self.project() {
            CorsFutureProjection::Early { response } => {
                return match response.take() {
                    Some(response) => Poll::Ready(Ok(response)),
                    None => Poll::Pending,
                };
            }
            CorsFutureProjection::Inside { inner, request, context } => (inner, *request, context),
        };
        let mut result = ready!(nesting::call(request, || inner.poll(cx)));
        if let (Ok(response), Some(context)) = (&mut result, &context) {
            context.decorate(response);
        }
        if let Err(error) = &mut result
            && let Some(context) = context.take()
        {
            match error.as_error::<RefusedByEnforce>() {
                Some(RefusedByEnforce { request }) => {
                    let response = ServiceResponse::new(request.clone(), error.error_response());
                    let mut response = response.map_into_right_body();
                    context.decorate(&mut response);
                    return Poll::Ready(Ok(response));
                }
                None => context.decorate_error(error),
            }
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}
