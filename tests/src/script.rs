//! A middleware that applies a script to requests, responses and errors: what
//! applications do between `Cors` and their routes, one step after the other.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future as _, Ready, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use actix_service::{Service, Transform};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorForbidden, InternalError};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use actix_web::{Error, HttpRequest, HttpResponse, rt};

/// One step of a script. What is held is a request at first, and a response or an error
/// after a call. A step that has nothing to work on does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Calls the service inside: for the request held, for that of the response held, or
    /// after an error for a new one.
    Call,
    /// The same on a task of its own.
    Spawn,
    /// Begins a call, and drops it when another one, for a new request for this path, is
    /// done.
    Race(&'static str),
    /// Puts a path in the place of that of the request, or of the response's request.
    Path(&'static str),
    /// Puts the path back that was received.
    RestorePath,
    /// Lets the request be routed from the beginning of its path.
    Reset,
    /// Changes the method of the request, or of the response's request.
    Method(&'static str),
    /// Puts the method back that was received.
    RestoreMethod,
    /// Sets `x-a`, or removes it.
    SetHeader(bool),
    /// Takes a new request for this path in the place of what is held.
    Fresh(&'static str),
    /// Keeps the response, and goes on with its request.
    Keep,
    /// Keeps the response with its request, and goes on with a new one.
    KeepWhole,
    /// Sends the response kept last, also for an earlier request.
    SendKept,
    /// Inserts the headers of the response kept into the one held.
    CopyInsert,
    /// Appends the headers of the response kept to those of the one held.
    CopyAppend,
    /// Stores status, headers and body, as a cache does.
    Store,
    /// Answers with what was stored last.
    Replay,
    /// Gives the response another request, for this path.
    Attach(&'static str),
    /// Raises an error in the place of what is held.
    Raise,
    /// Raises the response as an error.
    RaiseResponse,
    /// Makes a response of the error, by `HttpResponse::from_error`.
    FromError,
    /// The same by `Error::error_response`.
    ErrorResponse,
    /// Answers with this status in the place of what is held.
    Answer(u16),
    /// Puts another body in the place of that of the response.
    MapBody,
}

/// A stored response.
#[derive(Clone, Debug)]
struct Stored {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

type Choose = dyn Fn(&ServiceRequest) -> Vec<Act>;

/// The middleware. Workers that share one share what is stored.
#[derive(Clone)]
pub struct Script {
    choose: Rc<Choose>,
    stored: Store,
}

/// What a script has stored, for all threads.
#[derive(Clone, Debug, Default)]
pub struct Store(Arc<Mutex<Option<Stored>>>);

impl Store {
    /// Whether something is stored.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Forgets what is stored.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Script {
    /// Does the same for every request.
    #[must_use]
    pub fn new(acts: &[Act]) -> Self {
        let acts = acts.to_vec();
        Self::by(move |_| acts.clone())
    }

    /// Does for each request what is chosen for it.
    #[must_use]
    pub fn by(choose: impl Fn(&ServiceRequest) -> Vec<Act> + 'static) -> Self {
        Self { choose: Rc::new(choose), stored: Store::default() }
    }

    /// With a store that others have as well.
    #[must_use]
    pub fn storing_in(self, stored: &Store) -> Self {
        Self { stored: stored.clone(), ..self }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Script
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = ScriptService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let Self { choose, stored } = self.clone();
        let kept = Rc::default();
        ready(Ok(ScriptService { service: Rc::new(service), choose, stored, kept }))
    }
}

/// The service of a [`Script`].
pub struct ScriptService<S> {
    service: Rc<S>,
    choose: Rc<Choose>,
    stored: Store,
    kept: Rc<RefCell<Option<Kept>>>,
}

impl<S> fmt::Debug for ScriptService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptService").finish_non_exhaustive()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").finish_non_exhaustive()
    }
}

type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

impl<S, B> Service<ServiceRequest> for ScriptService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalFuture<Result<ServiceResponse<BoxBody>, Error>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let acts = (self.choose)(&request);
        let received = Received::of(&request);
        let (service, stored, kept) =
            (Rc::clone(&self.service), self.stored.clone(), Rc::clone(&self.kept));
        let mut run = Run { service, stored, kept, received };
        Box::pin(async move {
            let mut held = Held::Request(request);
            for act in acts {
                held = run.perform(act, held).await;
            }
            match held {
                Held::Request(request) => match run.call(request).await {
                    Held::Response(response) => Ok(response),
                    Held::Error(error) => Err(error),
                    Held::Request(_) => unreachable!("a call has an outcome"),
                },
                Held::Response(response) => Ok(response),
                Held::Error(error) => Err(error),
            }
        })
    }
}

/// A response that waits, with its request or without.
struct Kept {
    request: Option<HttpRequest>,
    response: HttpResponse,
}

/// What the middleware has in hand.
enum Held {
    Request(ServiceRequest),
    Response(ServiceResponse<BoxBody>),
    Error(Error),
}

/// The head of the request as it was received.
struct Received {
    uri: Uri,
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Received {
    fn of(request: &ServiceRequest) -> Self {
        let headers = request.headers().iter();
        Self {
            uri: request.uri().clone(),
            method: request.method().clone(),
            headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// A request that the middleware makes itself.
    fn fresh(&self, path: &str) -> ServiceRequest {
        let request = TestRequest::with_uri(path).method(self.method.clone());
        let headers = self.headers.iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.append_header((name.clone(), value.clone()))
        });
        request.to_srv_request()
    }

    fn again(&self) -> ServiceRequest {
        self.fresh(&self.uri.to_string())
    }
}

struct Run<S> {
    service: Rc<S>,
    stored: Store,
    kept: Rc<RefCell<Option<Kept>>>,
    received: Received,
}

impl<S, B> Run<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    async fn call(&self, request: ServiceRequest) -> Held {
        held(self.service.call(request).await)
    }

    /// The request of what is held, as it is now.
    fn request(&self, held: Held) -> ServiceRequest {
        match held {
            Held::Request(request) => request,
            Held::Response(response) => ServiceRequest::from_request(response.into_parts().0),
            Held::Error(_) => self.received.again(),
        }
    }

    async fn perform(&mut self, act: Act, held: Held) -> Held {
        match act {
            Act::Call => self.call(self.request(held)).await,
            Act::Spawn => {
                let (service, request) = (Rc::clone(&self.service), self.request(held));
                let task = rt::spawn(async move { self::held(service.call(request).await) });
                task.await.unwrap_or_else(|error| Held::Error(ErrorForbidden(error)))
            }
            Act::Race(path) => {
                let (service, request) = (Rc::clone(&self.service), self.request(held));
                let mut slow = Box::pin(async move { service.call(request).await });
                poll_fn(|cx| Poll::Ready(slow.as_mut().poll(cx).is_ready())).await;
                let done = self.call(self.received.fresh(path)).await;
                drop(slow);
                done
            }
            Act::Path(path) => with_request(held, |request| {
                if let Ok(uri) = path.parse() {
                    set_uri(request, uri);
                }
            }),
            Act::RestorePath => {
                with_request(held, |request| set_uri(request, self.received.uri.clone()))
            }
            Act::Reset => with_request(held, |request| request.match_info_mut().reset()),
            Act::Method(name) => with_request(held, |request| {
                if let Ok(method) = Method::from_bytes(name.as_bytes()) {
                    request.head_mut().method = method;
                }
            }),
            Act::RestoreMethod => with_request(held, |request| {
                request.head_mut().method = self.received.method.clone();
            }),
            Act::SetHeader(set) => with_request(held, |request| {
                let name = HeaderName::from_static("x-a");
                let headers = request.headers_mut();
                match set {
                    true => headers.insert(name, HeaderValue::from_static("1")),
                    false => headers.remove(name),
                };
            }),
            Act::Fresh(path) => Held::Request(self.received.fresh(path)),
            Act::Keep => match held {
                Held::Response(response) => {
                    let (request, response) = response.into_parts();
                    self.kept.replace(Some(Kept { request: None, response }));
                    Held::Request(ServiceRequest::from_request(request))
                }
                held => held,
            },
            Act::KeepWhole => match held {
                Held::Response(response) => {
                    let (request, response) = response.into_parts();
                    self.kept.replace(Some(Kept { request: Some(request), response }));
                    Held::Request(self.received.again())
                }
                held => held,
            },
            Act::SendKept => match self.kept.take() {
                None => held,
                Some(Kept { request, response }) => {
                    let request = request.unwrap_or_else(|| self.request(held).into_parts().0);
                    Held::Response(ServiceResponse::new(request, response))
                }
            },
            Act::CopyInsert => self.copied(held, |headers, name, value| {
                headers.insert(name, value);
            }),
            Act::CopyAppend => self.copied(held, |headers, name, value| {
                headers.append(name, value);
            }),
            Act::Store => match held {
                Held::Response(response) => Held::Response(self.store(response)),
                held => held,
            },
            Act::Replay => {
                let stored = self.stored.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
                match stored {
                    None => held,
                    Some(Stored { status, headers, body }) => {
                        let mut response = HttpResponse::build(status);
                        for header in headers {
                            response.append_header(header);
                        }
                        let response = response.body(body);
                        Held::Response(self.request(held).into_response(response))
                    }
                }
            }
            Act::Attach(path) => match held {
                Held::Response(response) => {
                    let request = self.received.fresh(path).into_parts().0;
                    Held::Response(ServiceResponse::new(request, response.into_parts().1))
                }
                held => held,
            },
            Act::Raise => Held::Error(ErrorForbidden("raised")),
            Act::RaiseResponse => match held {
                Held::Response(response) => {
                    let response = response.into_parts().1;
                    Held::Error(InternalError::from_response("raised", response).into())
                }
                held => held,
            },
            Act::FromError => match held {
                Held::Error(error) => Held::Response(self.received.again().error_response(error)),
                held => held,
            },
            Act::ErrorResponse => match held {
                Held::Error(error) => {
                    Held::Response(self.received.again().into_response(error.error_response()))
                }
                held => held,
            },
            Act::Answer(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                Held::Response(self.request(held).into_response(HttpResponse::new(status)))
            }
            Act::MapBody => match held {
                Held::Response(response) => {
                    Held::Response(response.map_body(|_, _| BoxBody::new("mapped")))
                }
                held => held,
            },
        }
    }

    fn copied(
        &self,
        held: Held,
        copy: impl Fn(&mut actix_web::http::header::HeaderMap, HeaderName, HeaderValue),
    ) -> Held {
        let mut held = held;
        if let (Held::Response(response), Some(kept)) = (&mut held, &*self.kept.borrow()) {
            for (name, value) in kept.response.headers() {
                copy(response.headers_mut(), name.clone(), value.clone());
            }
        }
        held
    }

    fn store(&self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let (request, response) = response.into_parts();
        let (response, body) = response.into_parts();
        let body = body.try_into_bytes().unwrap_or_default();
        let headers = response.headers().iter();
        let stored = Stored {
            status: response.status(),
            headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
            body: body.clone(),
        };
        self.stored.0.lock().unwrap_or_else(PoisonError::into_inner).replace(stored);
        ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
    }
}

fn held<B: MessageBody + 'static>(outcome: Result<ServiceResponse<B>, Error>) -> Held {
    match outcome {
        Ok(response) => Held::Response(response.map_into_boxed_body()),
        Err(error) => Held::Error(error),
    }
}

/// Changes the request that is held, or that of the response.
fn with_request(held: Held, change: impl FnOnce(&mut ServiceRequest)) -> Held {
    match held {
        Held::Request(mut request) => {
            change(&mut request);
            Held::Request(request)
        }
        Held::Response(response) => {
            let (request, response) = response.into_parts();
            let mut request = ServiceRequest::from_request(request);
            change(&mut request);
            Held::Response(ServiceResponse::new(request.into_parts().0, response))
        }
        held @ Held::Error(_) => held,
    }
}

fn set_uri(request: &mut ServiceRequest, uri: Uri) {
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}
