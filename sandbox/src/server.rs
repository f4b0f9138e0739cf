//! The accept loop. Each connection is served here, not by a framework, so that a fault can take it over in the middle.

use std::io;
use std::net::TcpListener as StdListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::answer::{Answer, Step};

/// How long a kept-alive connection may be silent.
const IDLE: Duration = Duration::from_secs(75);

/// Marks a response that is not sent: these steps are done to the connection instead.
#[derive(Clone)]
struct Script(Vec<Step>);

/// Tells hyper to give the connection back.
#[derive(Debug, thiserror::Error)]
#[error("the connection is taken over by a fault")]
struct TakenOver;

/// Serves until `stop` fires or its sender is gone.
pub async fn serve(listener: StdListener, router: Router, stop: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, router.clone()))),
                // Out of file descriptors, most likely: wait for some to close.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::select! {
        () = accepting => Ok(()),
        _ = stop => Ok(()),
    }
}

async fn connection(stream: TcpStream, router: Router) {
    // Answers are small and one at a time.
    let _ = stream.set_nodelay(true);
    let script: Arc<Mutex<Option<Script>>> = Arc::default();
    let inner = TowerToHyperService::new(router);
    let slot = Arc::clone(&script);
    let service = service_fn(move |request| {
        let answering = inner.call(request);
        let slot = Arc::clone(&slot);
        Box::pin(async move {
            let Ok(mut response) = answering.await;
            match response.extensions_mut().remove::<Script>() {
                None => Ok(response),
                Some(script) => {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(script);
                    Err(TakenOver)
                }
            }
        })
    });
    let mut served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), service);
    let _ = std::future::poll_fn(|context| served.poll_without_shutdown(context)).await;
    let stream = served.into_parts().io.into_inner();
    let script = script.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Script(steps)) = script {
        // A client that has gone away ends the script early: nothing else to do.
        let _ = perform(stream, steps).await;
    }
}

async fn perform(mut stream: TcpStream, steps: Vec<Step>) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Send(bytes) => stream.write_all(&bytes).await?,
            Step::Dribble(bytes, pause) => {
                for byte in bytes {
                    tokio::time::sleep(pause).await;
                    stream.write_all(&[byte]).await?;
                }
            }
            Step::Pause(time) => tokio::select! {
                () = tokio::time::sleep(time) => {}
                () = gone(&mut stream) => return Ok(()),
            },
            Step::Reset => {
                stream.set_zero_linger()?;
                return Ok(());
            }
        }
    }
    stream.shutdown().await
}

/// Waits until the client hangs up; whatever else it says is nobody's business any more.
async fn gone(stream: &mut TcpStream) {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
}

/// An answer as a response; a script rides along as an extension.
pub async fn deliver(answer: Answer) -> Response<Body> {
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let mut response = response.body(Body::from(answer.body)).expect("header names and values are ours");
    if let Some(steps) = answer.script {
        response.extensions_mut().insert(Script(steps));
    }
    response
}
